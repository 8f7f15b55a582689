-- a model is no table
CREATE MODEL d.m OPTIONS(model_type='linear_reg') AS SELECT id, total FROM orders

-- a materialized view
CREATE MATERIALIZED VIEW d.v PARTITION BY x CLUSTER BY y OPTIONS(a=1) AS SELECT id FROM orders
