-- plain names fold up, quoted ones stay
SELECT id, "ID", "id" FROM orders

-- FLATTEN and its columns
SELECT p.id, f.value:name::string AS n, f.index FROM products p, LATERAL FLATTEN(input => p.tags) f

-- a path into a VARIANT
SELECT payload:user.name::string AS who, payload['a'][0] AS a FROM events

-- ILIKE, EXCLUDE, RENAME, REPLACE of a star
SELECT * EXCLUDE status RENAME total AS amount FROM orders

-- an alias in what follows it, and QUALIFY
SELECT total * 2 AS twice, twice + 1 AS more FROM orders QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY twice) = 1

-- stages
SELECT $1 AS a, metadata$filename AS f FROM @stage/path (FILE_FORMAT => 'x')

-- COPY INTO a table from a query over a stage
COPY INTO customers (id, name) FROM (SELECT $1, upper($2) FROM @stage/customers/)

-- COPY INTO a place from a query
COPY INTO @stage/out/ FROM (SELECT id, total FROM orders) FILE_FORMAT = (TYPE = PARQUET)

-- a dynamic table, a transient one, and a clone
CREATE OR REPLACE DYNAMIC TABLE dt TARGET_LAG = '1 minute' WAREHOUSE = w AS SELECT id, total FROM orders; CREATE TRANSIENT TABLE t CLONE orders

-- a stream, a task and a pipe
CREATE STREAM s ON TABLE orders; CREATE TASK k WAREHOUSE = w SCHEDULE = '1 minute' AS INSERT INTO sums SELECT customer_id, sum(total) FROM orders GROUP BY 1; CREATE PIPE p AS COPY INTO orders FROM @stage

-- RESULT_SCAN and a table named by a string
SELECT * FROM TABLE(RESULT_SCAN(LAST_QUERY_ID())); SELECT id FROM IDENTIFIER('orders')

-- time travel and CHANGES
SELECT id FROM orders AT (OFFSET => -60) WHERE total > 1; SELECT id, METADATA$ACTION FROM orders CHANGES (INFORMATION => DEFAULT) AT (TIMESTAMP => '2024-01-01'::timestamp)

-- multi-table INSERT
INSERT ALL WHEN total > 100 THEN INTO big VALUES (id, total) WHEN total <= 100 THEN INTO small (id) VALUES (id) SELECT id, total FROM orders

-- SWAP, RENAME and the session's database
USE DATABASE d; USE SCHEMA s; ALTER TABLE orders SWAP WITH other; SELECT id FROM nowhere

-- ASOF JOIN with MATCH_CONDITION
SELECT o.id, e.kind FROM orders o ASOF JOIN events e MATCH_CONDITION (o.placed >= e.at)

-- CONNECT BY
SELECT id, SYS_CONNECT_BY_PATH(name, '/') AS path FROM customers START WITH parent_id IS NULL CONNECT BY parent_id = PRIOR id

-- GROUP BY ALL, BOOLOR_AGG, IFF
SELECT customer_id, IFF(boolor_agg(total > 1), 1, 0) AS any_big FROM orders GROUP BY ALL

-- MINUS
SELECT id FROM customers MINUS SELECT customer_id FROM orders
