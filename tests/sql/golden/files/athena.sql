-- UNLOAD
UNLOAD (SELECT id FROM orders) TO 's3://b/out' WITH (format = 'PARQUET')
