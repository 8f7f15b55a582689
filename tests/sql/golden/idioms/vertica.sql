-- case does not matter, quoted or not
SELECT "ID", Total FROM ORDERS

-- TIMESERIES with gaps filled
SELECT slice, TS_FIRST_VALUE(total) AS t FROM orders TIMESERIES slice AS '1 minute' OVER (PARTITION BY customer_id ORDER BY placed)

-- LIMIT … OVER
SELECT customer_id, total FROM orders LIMIT 1 OVER (PARTITION BY customer_id ORDER BY placed)

-- a projection
CREATE PROJECTION p (id, total) AS SELECT id, total FROM orders ORDER BY id SEGMENTED BY HASH(id) ALL NODES

-- COPY with expressions and a reject file
COPY customers (id, name) FROM '/data/c.csv' DELIMITER ',' ABORT ON ERROR

-- EXPORT TO PARQUET
EXPORT TO PARQUET (directory = 's3://b/o') AS SELECT id, total FROM orders

-- a temporary table of the session
CREATE LOCAL TEMP TABLE big ON COMMIT PRESERVE ROWS AS SELECT id, total FROM orders; INSERT INTO kept SELECT id, total FROM big

-- partitions that change places, and a new name
SELECT SWAP_PARTITIONS_BETWEEN_TABLES('staged', 1, 2, 'orders'); ALTER TABLE orders RENAME TO old_orders

-- a flex table's map
SELECT MAPLOOKUP(payload, 'user') AS who FROM events

-- APPROXIMATE_COUNT_DISTINCT, LISTAGG
SELECT APPROXIMATE_COUNT_DISTINCT(customer_id) AS about, LISTAGG(status USING PARAMETERS separator = ',') AS states FROM orders

-- hints, and a read of the past
AT EPOCH LATEST SELECT /*+ SYNTACTIC_JOIN */ id FROM orders

-- the search path
SET SEARCH_PATH TO shop; SELECT id FROM nowhere

-- MERGE
MERGE INTO customers t USING products s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)

-- a name of three parts
SELECT o.id FROM db.shop.t o WHERE o.x = 1

-- an event series join
SELECT o.id, e.kind FROM orders o LEFT OUTER JOIN events e ON o.placed INTERPOLATE PREVIOUS VALUE e.at

-- MINUS
SELECT c.id FROM customers c MINUS SELECT customer_id FROM orders

-- a table and how it is laid out; columns of a file that are left out or computed
CREATE TEMP TABLE t ON COMMIT PRESERVE ROWS AS /*+LABEL(x)*/ SELECT id FROM orders ORDER BY id SEGMENTED BY HASH(id) ALL NODES; COPY orders (id, f FILLER VARCHAR(10), total AS f::numeric) FROM LOCAL '/x/*.csv' DELIMITER ',' DIRECT

-- to files and from other databases
EXPORT TO PARQUET (directory = 's3://x/y') OVER (PARTITION BY status) AS SELECT id, status FROM orders; EXPORT TO VERTICA d.public.o (a, b) AS SELECT id, total FROM orders; COPY orders (id) FROM VERTICA s.public.o (a)

-- tables that change places by their names; external ones; where rows are
ALTER TABLE orders, items RENAME TO old, orders; SELECT price FROM orders; CREATE EXTERNAL TABLE e (a int) AS COPY FROM 's3://x' PARQUET; SELECT a FROM e; SELECT EXPLODE(tags) OVER (PARTITION BEST) FROM products
