-- tables exactly, columns regardless of case; backticks around a path
SELECT ID, total FROM `orders`

-- a path in one pair of backticks, and a dash in a project
SELECT a.x FROM `my-project.shop.t` a JOIN my-project.shop.u b ON a.x = b.x

-- EXCEPT and REPLACE
SELECT * EXCEPT (status) REPLACE (total * 2 AS total) FROM orders

-- STRUCT, ARRAY, and a field of what is made
SELECT STRUCT(id AS a, name AS b).b AS n, ARRAY_AGG(STRUCT(id, name)) AS all_of FROM customers GROUP BY id, name

-- UNNEST with OFFSET, comma and correlated
SELECT p.id, tag, at FROM products p, UNNEST(p.tags) AS tag WITH OFFSET AS at

-- SELECT AS STRUCT within ARRAY
SELECT c.id, ARRAY(SELECT AS STRUCT o.id, o.total FROM orders o WHERE o.customer_id = c.id) AS many FROM customers c

-- wildcard tables and their suffix
SELECT a FROM `p.d.events_*` WHERE _TABLE_SUFFIX BETWEEN '20240101' AND '20240131'

-- QUALIFY, SAFE functions, IF
SELECT id, IF(total > 1, status, NULL) AS s, SAFE_DIVIDE(total, id) AS d FROM orders WHERE true QUALIFY ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY placed) = 1

-- CREATE with PARTITION BY, CLUSTER BY, OPTIONS
CREATE OR REPLACE TABLE d.t PARTITION BY DATE(placed) CLUSTER BY customer_id OPTIONS (description = 'x') AS SELECT placed, customer_id, total FROM orders

-- INSERT without INTO, MERGE with ROW
MERGE d.t USING customers s ON false WHEN NOT MATCHED THEN INSERT ROW

-- EXPORT DATA
EXPORT DATA OPTIONS (uri = 'gs://b/*.csv', format = 'CSV') AS SELECT id, total FROM orders

-- a snapshot, a clone and a copy
CREATE TABLE d.c CLONE orders; CREATE SNAPSHOT TABLE d.s CLONE orders; CREATE TABLE d.k COPY orders

-- time travel
SELECT id FROM orders FOR SYSTEM_TIME AS OF TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR)

-- pipe syntax
FROM orders |> WHERE total > 1 |> AGGREGATE sum(total) AS spent GROUP BY customer_id |> SELECT customer_id, spent

-- UNPIVOT
SELECT id, what, v FROM customers UNPIVOT (v FOR what IN (name, email))

-- a table function's table, and one of a model
SELECT predicted_x, id FROM ML.PREDICT(MODEL d.m, (SELECT id, total FROM orders))
