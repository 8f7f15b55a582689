-- double quotes quote in queries, backticks in DDL
SELECT "ID", Total FROM "orders"

-- DDL with backticks, in Hive's words
CREATE EXTERNAL TABLE `shop`.`e` (`a` int, `b` string) PARTITIONED BY (`day` string) ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' LOCATION 's3://b/e/' TBLPROPERTIES ('x' = 'y')

-- UNLOAD
UNLOAD (SELECT id, total FROM orders) TO 's3://b/out/' WITH (format = 'PARQUET')

-- CTAS with properties
CREATE TABLE t WITH (format = 'PARQUET', external_location = 's3://b/t/', partitioned_by = ARRAY['region']) AS SELECT id, region FROM customers

-- a view
CREATE OR REPLACE VIEW v AS SELECT id, name FROM customers

-- UNNEST
SELECT p.id, t.tag FROM products p CROSS JOIN UNNEST(p.tags) AS t (tag)

-- a table of another catalog
SELECT a.x FROM "awsdatacatalog"."shop"."t" a JOIN "lambda:far".d.u b ON a.x = b.x

-- Iceberg: MERGE and time travel
MERGE INTO customers t USING products s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name); SELECT id FROM orders FOR TIMESTAMP AS OF TIMESTAMP '2024-01-01 00:00:00 UTC'

-- hidden columns
SELECT "$path", id FROM orders

-- INSERT
INSERT INTO customers (id, name) SELECT id, name FROM products

-- housekeeping: partitions and files
MSCK REPAIR TABLE orders; ALTER TABLE orders ADD IF NOT EXISTS PARTITION (day = 'x') LOCATION 's3://b/x/'; OPTIMIZE orders REWRITE DATA USING BIN_PACK; VACUUM orders

-- a prepared query
PREPARE p FROM SELECT id FROM orders WHERE total > ?; EXECUTE p USING 1
