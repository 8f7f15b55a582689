-- names fold down, even quoted ones, unless a setting says otherwise
SELECT "ID", ToTaL FROM "ORDERS"

-- an alias may be used by the outputs after it
SELECT total * 2 AS twice, twice + 1 AS more FROM orders

-- CTAS with distribution and sort keys
CREATE TABLE daily DISTKEY(customer_id) SORTKEY(placed) AS SELECT customer_id, placed, sum(total) AS spent FROM orders GROUP BY 1, 2

-- a late-binding view
CREATE VIEW v AS SELECT id, name FROM customers WITH NO SCHEMA BINDING

-- a materialized view with its properties
CREATE MATERIALIZED VIEW mv BACKUP NO DISTSTYLE KEY DISTKEY(region) AUTO REFRESH YES AS SELECT region, count(*) AS many FROM customers GROUP BY region

-- SUPER is navigated by dots and numbers
SELECT e.payload.user.name AS who, e.payload.list[0].x AS first, e.payload.items[1].y AS second FROM events e

-- a SUPER array is unnested in FROM
SELECT p.id, t AS tag FROM products p, p.tags t

-- UNLOAD and COPY
UNLOAD ('SELECT id, total FROM orders') TO 's3://bucket/orders/' IAM_ROLE 'arn:aws:iam::1:role/r' FORMAT AS PARQUET; COPY customers (id, name) FROM 's3://bucket/customers/' IAM_ROLE 'arn:aws:iam::1:role/r' CSV

-- rows are moved from table to table
ALTER TABLE orders APPEND FROM staged_orders

-- a temporary table by its sign, and SELECT INTO
SELECT id, total INTO #big FROM orders WHERE total > 100; SELECT id FROM #big

-- TOP, QUALIFY, LISTAGG
SELECT TOP 5 customer_id, listagg(status, ',') WITHIN GROUP (ORDER BY placed) AS states FROM orders GROUP BY customer_id QUALIFY row_number() OVER (ORDER BY customer_id) < 3

-- MERGE
MERGE INTO customers USING products s ON customers.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.name, NULL, NULL, NULL)

-- APPROXIMATE, and functions of its own
SELECT APPROXIMATE COUNT(DISTINCT customer_id) AS about, datediff(day, placed, getdate()) AS age FROM orders GROUP BY placed

-- a table through an external schema, three parts deep
SELECT s.id FROM dev.spectrum.sales s WHERE s.day > '2024-01-01'

-- MINUS
SELECT c.id FROM customers c MINUS SELECT customer_id FROM orders
