-- backticks quote; case does not matter
SELECT `ID`, Total FROM ORDERS

-- LATERAL VIEW, OUTER and with a position
SELECT p.id, t.n, t.tag FROM products p LATERAL VIEW OUTER posexplode(p.tags) t AS n, tag

-- explode in the list of outputs
SELECT id, explode(tags) AS tag FROM products

-- an alias in what follows it
SELECT total * 2 AS twice, twice + 1 AS more FROM orders

-- INSERT OVERWRITE of a partition
INSERT OVERWRITE TABLE sums PARTITION (day = '2024-01-01') SELECT customer_id, sum(total) FROM orders GROUP BY customer_id

-- a temporary view is the session's
CREATE OR REPLACE TEMPORARY VIEW big AS SELECT id, total FROM orders WHERE total > 100; INSERT INTO kept SELECT id, total FROM big

-- CTAS with a provider, partitions and a place
CREATE TABLE t USING parquet PARTITIONED BY (region) LOCATION 's3://b/t' AS SELECT id, region FROM customers

-- SEMI and ANTI joins
SELECT c.id FROM customers c LEFT SEMI JOIN orders o ON o.customer_id = c.id LEFT ANTI JOIN products p ON p.id = c.id

-- higher-order functions
SELECT transform(tags, x -> concat(x, name)) AS t, aggregate(tags, 0, (acc, x) -> acc + x) AS n FROM products

-- named_struct, maps and fields
SELECT named_struct('a', id, 'b', name).b AS n, attrs['k'] AS k, attrs.color AS c FROM products

-- files by format
SELECT a FROM parquet.`s3://b/x/*.parquet` WHERE a > 1

-- CACHE, REFRESH, MSCK and other housekeeping move nothing
CACHE TABLE orders; REFRESH TABLE orders; MSCK REPAIR TABLE orders; ANALYZE TABLE orders COMPUTE STATISTICS

-- SORT BY, CLUSTER BY, DISTRIBUTE BY and hints
SELECT /*+ BROADCAST(c) */ o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id DISTRIBUTE BY o.status SORT BY c.region

-- TRANSFORM through a script
SELECT TRANSFORM (id, total) USING 'cat' AS (a, b) FROM orders

-- the database of the session
USE shop; SELECT id FROM nowhere

-- Unity Catalog: three parts, and the session's catalog and schema
USE CATALOG main; USE SCHEMA shop; SELECT id FROM nowhere

-- time travel
SELECT id FROM orders VERSION AS OF 3; SELECT id FROM orders TIMESTAMP AS OF '2024-01-01'

-- a path of Delta
INSERT INTO delta.`/mnt/t` SELECT id FROM orders

-- JSON by colon
SELECT payload:user.name::string AS who FROM events

-- MERGE with all columns
MERGE WITH SCHEMA EVOLUTION INTO customers t USING products s ON t.id = s.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name) WHEN NOT MATCHED BY SOURCE THEN DELETE

-- a clone, deep or shallow
CREATE TABLE c SHALLOW CLONE orders

-- COPY INTO
COPY INTO customers FROM 's3://b/customers' FILEFORMAT = CSV

-- streaming tables and materialized views
CREATE OR REFRESH STREAMING TABLE s AS SELECT id, total FROM STREAM orders; CREATE MATERIALIZED VIEW m AS SELECT id FROM orders

-- EXCEPT of a star, QUALIFY
SELECT * EXCEPT (status) FROM orders QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY placed) = 1

-- rows that are replaced by a condition
INSERT INTO TABLE sums REPLACE WHERE day = '2024-01-01' SELECT customer_id, total FROM orders

-- MINUS
SELECT c.id FROM customers c MINUS SELECT customer_id FROM orders

-- windows of time
SELECT kind, window.start, window.end, count(*) AS n FROM events GROUP BY window(at, '10 minutes'), kind

-- changes that are applied
APPLY CHANGES INTO items FROM STREAM(orders) KEYS (id) APPLY AS DELETE WHEN status = 'gone' SEQUENCE BY placed COLUMNS * EXCEPT (status, placed) STORED AS SCD TYPE 1

-- … by a flow
CREATE FLOW f AS AUTO CDC INTO customers FROM STREAM products KEYS (id) SEQUENCE BY tags COLUMNS (id, name) STORED AS SCD TYPE 2
