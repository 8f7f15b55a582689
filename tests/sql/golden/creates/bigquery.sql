-- a model is no table
CREATE MODEL d.m OPTIONS(model_type='linear_reg') AS SELECT id, total FROM orders

-- a materialized view
CREATE MATERIALIZED VIEW d.v PARTITION BY x CLUSTER BY y OPTIONS(a=1) AS SELECT id FROM orders

-- a clone and a snapshot as of then
CREATE TABLE d.c CLONE items FOR SYSTEM_TIME AS OF TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR); CREATE SNAPSHOT TABLE d.s CLONE d.c

-- an external table
CREATE EXTERNAL TABLE d.e (a INT64) OPTIONS (format = 'CSV', uris = ['gs://b/x.csv', 'gs://b/y.csv'])
