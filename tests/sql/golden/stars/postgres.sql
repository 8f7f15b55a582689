-- an alias is no column here
SELECT a AS b, b AS c FROM nowhere

-- DISTINCT ON, named windows, GROUPING SETS
SELECT DISTINCT ON (customer_id) customer_id, sum(total) OVER w FROM orders WINDOW w AS (PARTITION BY status ORDER BY placed) ORDER BY customer_id, placed

-- grouping sets
SELECT customer_id, status, grouping(status), sum(total) FROM orders GROUP BY GROUPING SETS ((customer_id), (status), ())

-- TABLESAMPLE
SELECT id FROM orders TABLESAMPLE SYSTEM (10) WHERE total > 1

-- a query with no columns known, in a join
SELECT a, o.id, n.b FROM nowhere n JOIN elsewhere e ON e.k = n.k JOIN orders o ON o.id = n.id
