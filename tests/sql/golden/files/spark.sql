-- a folder in FROM
SELECT a FROM parquet.`/in/x`

-- LOAD DATA
LOAD DATA INPATH '/in' OVERWRITE INTO TABLE orders
