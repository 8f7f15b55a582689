-- double quotes quote; case does not matter
SELECT "ID", Total FROM ORDERS

-- UNNEST of several arrays, with a number
SELECT p.id, t.tag, t.n FROM products p CROSS JOIN UNNEST(p.tags) WITH ORDINALITY AS t (tag, n)

-- a map unnested into keys and values
SELECT p.id, k, v FROM products p CROSS JOIN UNNEST(p.attrs) AS a (k, v)

-- a ROW's field, a map's key, a path
SELECT attrs['k'] AS k, CAST(ROW(id, name) AS ROW(a bigint, b varchar)).b AS n, json_extract_scalar(tags, '$.x') AS x FROM products

-- lambdas
SELECT transform(tags, x -> x || name) AS t, reduce(tags, 0, (s, x) -> s + x, s -> s) AS n FROM products

-- aggregates of their own
SELECT max_by(status, total) AS best, approx_distinct(customer_id) AS about, array_agg(id ORDER BY placed) AS ids, count_if(total > 1) AS big FROM orders

-- TRY and TRY_CAST
SELECT TRY(total / id) AS t, TRY_CAST(status AS bigint) AS s FROM orders

-- a table of catalog, schema and name, and the session's
USE hive.shop; SELECT a.x FROM nowhere a JOIN postgresql.public.u b ON a.x = b.x

-- CTAS with properties
CREATE TABLE t WITH (format = 'ORC', partitioned_by = ARRAY['region']) AS SELECT id, region FROM customers

-- CTAS with column names
CREATE TABLE t (a, b) AS SELECT id, name FROM customers

-- VALUES with names
SELECT v.a, c.name FROM (VALUES (1, 'x')) AS v (a, b) JOIN customers c ON c.id = v.a

-- GROUPING SETS
SELECT region, count(*) AS many, grouping(region) AS g FROM customers GROUP BY CUBE (region)

-- hidden columns of the connector
SELECT "$path" AS p, id FROM orders

-- an old name in another catalog's own way
SELECT id FROM "shop"."my-table$partitions"

-- MATCH_RECOGNIZE
SELECT * FROM orders MATCH_RECOGNIZE (PARTITION BY customer_id ORDER BY placed MEASURES A.total AS first_total, LAST(B.total) AS last_total ONE ROW PER MATCH PATTERN (A B+) DEFINE B AS B.total > PREV(B.total))

-- MERGE and UPDATE
MERGE INTO customers t USING products s ON t.id = s.id WHEN MATCHED AND s.name IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)

-- time travel
SELECT id FROM orders FOR VERSION AS OF 3

-- JSON_TABLE and a table function
SELECT x.a FROM TABLE(postgresql.system.query(query => 'SELECT a FROM t')) AS x

-- FETCH FIRST WITH TIES
SELECT id FROM orders ORDER BY placed FETCH FIRST 3 ROWS WITH TIES

-- LISTAGG
SELECT listagg(name, ',') WITHIN GROUP (ORDER BY region) AS names FROM customers

-- a function in the query
WITH FUNCTION twice(x bigint) RETURNS bigint RETURN x * 2 SELECT twice(total) AS t FROM orders
