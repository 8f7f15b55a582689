-- a view and its policies
CREATE OR REPLACE SECURE VIEW v (a COMMENT 'x', b WITH MASKING POLICY p) COPY GRANTS AS SELECT id, total FROM orders

-- an Iceberg table
CREATE OR REPLACE ICEBERG TABLE t EXTERNAL_VOLUME='v' CATALOG='SNOWFLAKE' BASE_LOCATION='x' AS SELECT id FROM orders

-- clusters and retention
CREATE OR REPLACE TABLE t CLUSTER BY (id) DATA_RETENTION_TIME_IN_DAYS = 1 AS SELECT id FROM orders

-- a schema with all that is in it
CREATE SCHEMA copied CLONE shop

-- a table over a stage
CREATE EXTERNAL TABLE e (d DATE AS (value:d::date)) PARTITION BY (d) LOCATION = @stage/daily/ AUTO_REFRESH = true FILE_FORMAT = (TYPE = PARQUET)

-- a table in words that nobody knows
CREATE TABLE t WITH 3 GIZMOS (a int)
