-- a view refreshed by the clock
CREATE MATERIALIZED VIEW v ON CLUSTER c REFRESH EVERY 1 HOUR ENGINE = MergeTree ORDER BY id POPULATE AS SELECT id FROM orders

-- … that fills a table
CREATE MATERIALIZED VIEW v REFRESH EVERY 1 HOUR TO d.t AS SELECT id FROM orders

-- a live view
CREATE LIVE VIEW v AS SELECT id FROM orders

-- a replicated table
CREATE TABLE t ON CLUSTER c ENGINE = ReplicatedMergeTree('/a','b') PARTITION BY id ORDER BY tuple() SETTINGS a=1 AS SELECT id FROM orders

-- the shape of another table, without its rows
CREATE TABLE t AS orders ENGINE = MergeTree ORDER BY id

-- … with its rows
CREATE TABLE t CLONE AS orders

-- what Distributed shows
CREATE TABLE t AS items ENGINE = Distributed('c', '', 'items', rand())

-- … under columns of its own
CREATE TABLE t (id Int64, more String) ENGINE = Distributed(c, d, orders_local)
