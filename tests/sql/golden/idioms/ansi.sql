-- names compare without regard to case, quoted or not, for engines differ
SELECT ID, "total" FROM Orders

-- FETCH FIRST
SELECT id FROM orders ORDER BY placed FETCH FIRST 3 ROWS ONLY

-- TABLE and VALUES stand for queries
TABLE orders; VALUES (1, 2), (3, 4)

-- CORRESPONDING pairs by name
SELECT id, name FROM customers UNION ALL CORRESPONDING SELECT name, id FROM products

-- a named window
SELECT id, sum(total) OVER w AS running FROM orders WINDOW w AS (PARTITION BY customer_id ORDER BY placed)

-- FILTER and LISTAGG
SELECT customer_id, count(*) FILTER (WHERE status = 'paid') AS paid, listagg(status, ',') WITHIN GROUP (ORDER BY placed) AS all_of FROM orders GROUP BY customer_id

-- MERGE as the standard has it
MERGE INTO customers AS t USING products AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)

-- a recursive query must say so
WITH RECURSIVE up (id, parent_id) AS (SELECT id, parent_id FROM customers UNION ALL SELECT c.id, c.parent_id FROM customers c JOIN up ON up.parent_id = c.id) SELECT id FROM up

-- GROUPING SETS
SELECT region, name, count(*) AS many FROM customers GROUP BY GROUPING SETS ((region), (name), ())

-- a column list on the table and on the query
CREATE TABLE sums (who, spent) AS SELECT customer_id, sum(total) FROM orders GROUP BY customer_id WITH DATA

-- EXCEPT and INTERSECT: the right side only filters
SELECT id FROM customers EXCEPT SELECT customer_id FROM orders

-- tuples
SELECT id FROM orders WHERE (id, customer_id) IN (SELECT order_id, product_id FROM items)
