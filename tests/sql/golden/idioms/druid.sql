-- every letter counts; double quotes quote
SELECT "id", ID FROM orders

-- __time is a column like others: these tables have none
SELECT __time, "kind" FROM events

-- buckets of time
SELECT TIME_FLOOR(__time, 'PT1H') AS hour, kind, COUNT(*) AS many FROM events GROUP BY 1, 2

-- INSERT with PARTITIONED BY and CLUSTERED BY
INSERT INTO sums SELECT TIME_PARSE(placed) AS __time, customer_id, total FROM orders PARTITIONED BY DAY CLUSTERED BY customer_id

-- REPLACE … OVERWRITE
REPLACE INTO sums OVERWRITE ALL SELECT placed AS __time, total FROM orders PARTITIONED BY MONTH

-- REPLACE of an interval
REPLACE INTO sums OVERWRITE WHERE __time >= TIMESTAMP '2024-01-01' AND __time < TIMESTAMP '2024-02-01' SELECT placed AS __time, total FROM orders PARTITIONED BY DAY

-- EXTERN, with a shape
INSERT INTO sums SELECT a, b FROM TABLE(EXTERN('{"type":"http","uris":["http://x/y"]}', '{"type":"json"}')) EXTEND (a VARCHAR, b BIGINT) PARTITIONED BY ALL

-- schemas: druid, lookup, sys
SELECT d.id, l.v FROM druid.orders d JOIN lookup.names l ON l.k = d.status

-- LOOKUP, approximate counts, FILTER
SELECT LOOKUP(status, 'names') AS s, APPROX_COUNT_DISTINCT(customer_id) FILTER (WHERE total > 1) AS people FROM orders GROUP BY 1

-- values of several
SELECT id, tag FROM products CROSS JOIN UNNEST(MV_TO_ARRAY(tags)) AS t(tag)

-- JSON
SELECT JSON_VALUE(payload, '$.user') AS who FROM events

-- EARLIEST and LATEST
SELECT LATEST(total) AS l, EARLIEST_BY(status, placed) AS e FROM orders

-- SET before a query
SET useApproximateCountDistinct = false; SELECT COUNT(DISTINCT customer_id) AS people FROM orders

-- EXPLAIN
EXPLAIN PLAN FOR SELECT id FROM orders

-- columns are paired by their names; files as functions; to files
INSERT INTO orders SELECT price AS total, order_id AS id FROM items PARTITIONED BY DAY; INSERT INTO w SELECT a FROM TABLE(S3(uris => ARRAY['s3://b/x'], format => 'csv')) (a VARCHAR) PARTITIONED BY ALL TIME; INSERT INTO EXTERN(S3(bucket => 'b', prefix => 'p')) AS CSV SELECT id FROM orders

-- only some rows are replaced
REPLACE INTO orders OVERWRITE WHERE __time >= TIMESTAMP '2020-01-01' SELECT order_id AS id FROM items PARTITIONED BY DAY
