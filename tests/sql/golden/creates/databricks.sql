-- a streaming table with expectations
CREATE OR REFRESH STREAMING TABLE s (CONSTRAINT c EXPECT (id > 1) ON VIOLATION DROP ROW) AS SELECT id FROM STREAM(orders)

-- a live table
CREATE LIVE TABLE l AS SELECT id FROM LIVE.x

-- comments and properties
CREATE OR REPLACE VIEW v (a COMMENT 'x') TBLPROPERTIES('a'='b') AS SELECT id FROM orders

-- a clone as of then, lying elsewhere
CREATE TABLE IF NOT EXISTS t SHALLOW CLONE items VERSION AS OF 3 LOCATION 's3://b/t'

-- what CACHE makes
CACHE LAZY TABLE c OPTIONS ('storageLevel' = 'DISK_ONLY') AS SELECT id FROM orders; SELECT * FROM c

-- a view that is changed
ALTER VIEW v AS SELECT id FROM orders

-- a view and a table over files
CREATE TEMPORARY VIEW v USING parquet OPTIONS (path '/in/x.parquet'); CREATE TABLE t (a INT) USING csv LOCATION 's3://b/in'
