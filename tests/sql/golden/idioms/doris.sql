-- tables by letter, columns regardless of it; backticks quote
SELECT `ID`, Total FROM orders

-- CTAS with properties
CREATE TABLE t PROPERTIES ('replication_num' = '1') AS SELECT id, total FROM orders

-- a table of unique keys from a query
CREATE TABLE t (a, b) ENGINE = OLAP UNIQUE KEY (a) DISTRIBUTED BY HASH(a) BUCKETS 8 PROPERTIES ('replication_num' = '1') AS SELECT id, total FROM orders

-- a materialized view that is refreshed
CREATE MATERIALIZED VIEW mv BUILD IMMEDIATE REFRESH AUTO ON SCHEDULE EVERY 1 HOUR DISTRIBUTED BY RANDOM BUCKETS 2 AS SELECT customer_id, sum(total) AS spent FROM orders GROUP BY customer_id

-- INSERT with a label, and into partitions
INSERT INTO sums WITH LABEL l1 (customer_id, spent) SELECT customer_id, total FROM orders

-- INSERT OVERWRITE
INSERT OVERWRITE TABLE sums PARTITION (p1, p2) SELECT customer_id, total FROM orders

-- LATERAL VIEW
SELECT p.id, tag FROM products p LATERAL VIEW explode_split(p.tags, ',') x AS tag

-- a catalog, a database, a table; and the session's
SWITCH hive_catalog; USE shop; SELECT a.x FROM nowhere a JOIN internal.shop.u b ON a.x = b.x

-- SELECT INTO OUTFILE
SELECT id, total FROM orders INTO OUTFILE 's3://b/out_' FORMAT AS PARQUET PROPERTIES ('s3.region' = 'x')

-- table functions over files
SELECT a FROM S3('uri' = 's3://b/x.csv', 'format' = 'csv'); INSERT INTO sums SELECT c1, c2 FROM S3('uri' = 's3://b/x.csv')

-- bitmaps and sketches
SELECT bitmap_union_count(to_bitmap(customer_id)) AS people, hll_union_agg(hll_hash(status)) AS about FROM orders

-- LOAD LABEL
LOAD LABEL shop.l2 (DATA INFILE('s3://b/x') INTO TABLE customers COLUMNS TERMINATED BY ',' (id, name)) WITH S3 ('a' = 'b')

-- partitions that change places
ALTER TABLE orders REPLACE WITH TABLE staged PROPERTIES ('swap' = 'true')

-- DELETE by a join
DELETE FROM orders USING customers c WHERE c.id = orders.customer_id AND c.region = 'x'

-- fields of a VARIANT
SELECT payload['user']['name'] AS who FROM events

-- MINUS
SELECT c.id FROM customers c MINUS SELECT customer_id FROM orders

-- to a file; from files through computed columns; a partition is no column
EXPORT TABLE orders PARTITION (p1) WHERE id > 3 TO "hdfs://h/x" WITH BROKER "b"; LOAD LABEL l (DATA INFILE("hdfs://h/y") INTO TABLE orders (a, b) SET (id = a, total = b)) WITH BROKER b; INSERT INTO orders PARTITION (p1) (id) SELECT id FROM customers

-- jobs; a partition of DELETE; the shape of another table
CREATE JOB j ON SCHEDULE EVERY 1 DAY DO INSERT INTO events (kind) SELECT name FROM customers; DELETE FROM orders PARTITION p1 USING items i WHERE orders.id = i.order_id; CREATE TABLE t LIKE orders WITH ROLLUP
