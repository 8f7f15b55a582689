-- tables by letter, columns regardless of it; backticks quote
SELECT `ID`, Total FROM orders

-- CTAS with keys and distribution
CREATE TABLE t PRIMARY KEY (id) DISTRIBUTED BY HASH(id) PROPERTIES ('replication_num' = '1') AS SELECT id, total FROM orders

-- a materialized view, refreshed by itself
CREATE MATERIALIZED VIEW mv DISTRIBUTED BY HASH(customer_id) REFRESH ASYNC START('2024-01-01 00:00:00') EVERY (INTERVAL 1 DAY) AS SELECT customer_id, sum(total) AS spent FROM orders GROUP BY customer_id

-- INSERT with a label
INSERT INTO sums WITH LABEL l1 SELECT customer_id, total FROM orders

-- INSERT OVERWRITE
INSERT OVERWRITE sums PARTITION (p1) (customer_id, spent) SELECT customer_id, total FROM orders

-- files read and written
INSERT INTO sums SELECT a, b FROM FILES('path' = 's3://b/x.parquet', 'format' = 'parquet'); INSERT INTO FILES('path' = 's3://b/out/', 'format' = 'parquet') SELECT id, total FROM orders

-- unnest, with names
SELECT p.id, t.tag FROM products p, unnest(p.tags) AS t(tag)

-- a catalog, and the session's
SET CATALOG hive_catalog; USE shop; SELECT a.x FROM nowhere a JOIN default_catalog.shop.u b ON a.x = b.x

-- JSON arrows
SELECT payload -> 'user' -> 'name' AS who, get_json_string(payload, '$.a') AS a FROM events

-- lambdas
SELECT array_map(x -> concat(x, name), tags) AS t FROM products

-- QUALIFY
SELECT id FROM orders QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY placed) = 1

-- SUBMIT TASK around an INSERT
SUBMIT TASK k AS INSERT INTO sums SELECT customer_id, total FROM orders

-- tables that change places
ALTER TABLE orders SWAP WITH staged

-- EXCLUDE from a star
SELECT * EXCEPT (status) FROM orders

-- MINUS
SELECT c.id FROM customers c MINUS SELECT customer_id FROM orders
