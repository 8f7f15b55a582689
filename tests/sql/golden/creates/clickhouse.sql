-- a view refreshed by the clock
CREATE MATERIALIZED VIEW v ON CLUSTER c REFRESH EVERY 1 HOUR ENGINE = MergeTree ORDER BY id POPULATE AS SELECT id FROM orders

-- … that fills a table
CREATE MATERIALIZED VIEW v REFRESH EVERY 1 HOUR TO d.t AS SELECT id FROM orders

-- a live view
CREATE LIVE VIEW v AS SELECT id FROM orders

-- a replicated table
CREATE TABLE t ON CLUSTER c ENGINE = ReplicatedMergeTree('/a','b') PARTITION BY id ORDER BY tuple() SETTINGS a=1 AS SELECT id FROM orders
