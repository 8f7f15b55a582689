-- case never matters, what was written is kept
SELECT ID, "Total" AS "Sum" FROM ORDERS

-- FROM first, and FROM alone
FROM orders SELECT id, total; FROM customers

-- stars: EXCLUDE, REPLACE, RENAME, COLUMNS
SELECT * EXCLUDE (status) REPLACE (total * 2 AS total) FROM orders

-- COLUMNS by a pattern
SELECT COLUMNS('^(id|total)$') FROM orders

-- an alias before its expression, and after
SELECT twice: total * 2, twice + 1 AS more FROM orders

-- UNION BY NAME
SELECT id, name FROM customers UNION ALL BY NAME SELECT name, id, tags FROM products

-- GROUP BY ALL, ORDER BY ALL, QUALIFY
SELECT customer_id, sum(total) AS spent FROM orders GROUP BY ALL QUALIFY row_number() OVER (ORDER BY spent) < 3 ORDER BY ALL

-- lists, structs, lambdas
SELECT {'a': id, 'b': name}.b AS n, list_transform(tags, x -> x || name) AS t, tags[1] AS first FROM products

-- unnest
SELECT id, unnest(tags) AS tag FROM products

-- ASOF and POSITIONAL joins
SELECT o.id, e.kind FROM orders o ASOF JOIN events e ON o.placed >= e.at

-- SUMMARIZE, DESCRIBE, PIVOT as a statement
PIVOT orders ON status USING sum(total) GROUP BY customer_id

-- SEMI and ANTI joins
SELECT c.id FROM customers c SEMI JOIN orders o ON o.customer_id = c.id ANTI JOIN products p ON p.id = c.id

-- files by name, and a view over them
CREATE VIEW v AS SELECT a, filename FROM read_parquet('s3://b/*.parquet', filename = true); SELECT a FROM v

-- INSERT BY NAME, INSERT OR REPLACE
INSERT INTO customers BY NAME SELECT name, id FROM products; INSERT OR REPLACE INTO customers SELECT * FROM customers

-- MERGE INTO by key
MERGE INTO customers t USING (SELECT id, name FROM products) s USING (id) WHEN MATCHED THEN UPDATE SET name = s.name
