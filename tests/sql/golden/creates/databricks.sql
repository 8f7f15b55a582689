-- a streaming table with expectations
CREATE OR REFRESH STREAMING TABLE s (CONSTRAINT c EXPECT (id > 1) ON VIOLATION DROP ROW) AS SELECT id FROM STREAM(orders)

-- a live table
CREATE LIVE TABLE l AS SELECT id FROM LIVE.x

-- comments and properties
CREATE OR REPLACE VIEW v (a COMMENT 'x') TBLPROPERTIES('a'='b') AS SELECT id FROM orders
