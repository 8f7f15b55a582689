-- backticks quote; case does not matter
SELECT `ID`, Total FROM ORDERS

-- FROM first, into several tables
FROM orders INSERT OVERWRITE TABLE big SELECT id, total WHERE total > 100 INSERT INTO TABLE small SELECT id, total WHERE total <= 100

-- dynamic partitions: their columns come last
INSERT OVERWRITE TABLE sums PARTITION (day, region) SELECT o.id, o.placed, c.region FROM orders o JOIN customers c ON c.id = o.customer_id

-- LATERAL VIEW over a map
SELECT p.id, k, v FROM products p LATERAL VIEW explode(p.attrs) a AS k, v

-- two views one after the other
SELECT p.id, t, c FROM products p LATERAL VIEW explode(p.tags) x AS t LATERAL VIEW explode(split(t, '')) y AS c

-- CTAS with a format
CREATE TABLE t ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' STORED AS ORC TBLPROPERTIES ('a' = 'b') AS SELECT id, name FROM customers

-- a folder as the target
INSERT OVERWRITE LOCAL DIRECTORY '/tmp/out' ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' SELECT id, total FROM orders

-- LOAD DATA
LOAD DATA INPATH '/in/orders' OVERWRITE INTO TABLE orders PARTITION (day = '2024-01-01')

-- TABLESAMPLE, SORT BY, DISTRIBUTE BY
SELECT id FROM orders TABLESAMPLE (BUCKET 1 OUT OF 4 ON id) DISTRIBUTE BY status SORT BY placed

-- LEFT SEMI JOIN
SELECT c.id FROM customers c LEFT SEMI JOIN orders o ON (o.customer_id = c.id)

-- collect_set, percentile, reflect
SELECT customer_id, collect_set(status) AS states, percentile(cast(total AS bigint), 0.5) AS mid FROM orders GROUP BY customer_id

-- TRANSFORM through a script
SELECT TRANSFORM (id, total) USING 'python s.py' AS (a, b) FROM orders

-- partitions and other housekeeping
ALTER TABLE orders ADD PARTITION (day = 'x') LOCATION '/p'; MSCK REPAIR TABLE orders; ALTER TABLE sums EXCHANGE PARTITION (day = 'x') WITH TABLE staged

-- the columns of a table beside its partitions
CREATE EXTERNAL TABLE e (a int, b string) PARTITIONED BY (day string) STORED AS PARQUET LOCATION 's3://b/e'; INSERT INTO e PARTITION (day = '1') SELECT id, status FROM orders

-- GROUP BY with CUBE
SELECT region, name, count(*) AS many FROM customers GROUP BY region, name WITH CUBE

-- the database of the session
USE shop; SELECT id FROM nowhere

-- MINUS
SELECT c.id FROM customers c MINUS SELECT customer_id FROM orders
