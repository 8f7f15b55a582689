-- plain names fold down, quoted ones stay
SELECT ID, "Id", Value FROM Orders, "Mixed"

-- TABLE is a query
TABLE customers

-- DISTINCT ON
SELECT DISTINCT ON (customer_id) customer_id, total FROM orders ORDER BY customer_id, placed DESC

-- a composite value's field, a row as JSON
SELECT (c).name, row_to_json(c) AS doc FROM customers c

-- JSON operators
SELECT payload ->> 'user' AS who, payload #>> '{a,b}' AS deep, payload @> '{"x":1}' AS has FROM events

-- LATERAL and a set-returning function with ordinality
SELECT p.id, t.tag, t.n FROM products p CROSS JOIN LATERAL unnest(p.tags) WITH ORDINALITY AS t(tag, n)

-- rows that are moved: WITH that writes
WITH gone AS (DELETE FROM orders WHERE status = 'old' RETURNING id, total) INSERT INTO archive (id, amount) SELECT id, total FROM gone

-- a temporary view, then what is read through it
CREATE TEMP VIEW big AS SELECT id, total FROM orders WHERE total > 100; CREATE TABLE kept AS SELECT id, total * 2 AS twice FROM big

-- ORDER BY in an aggregate; an aggregate over a filter
SELECT string_agg(name, ', ' ORDER BY region) AS names, max(id) FILTER (WHERE email IS NOT NULL) AS last FROM customers

-- the search path of the session
SET search_path TO shop, public; SELECT a FROM unheard

-- the search path, of one schema
SET search_path = shop; SELECT a FROM unheard; SET SEARCH_PATH TO DEFAULT

-- a query from a function with a declared shape
SELECT x.a, x.b FROM json_to_recordset('[]') AS x(a int, b text)

-- MERGE with RETURNING
MERGE INTO customers t USING products s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING t.id

-- clauses that say nothing of columns
INSERT INTO orders OVERRIDING SYSTEM VALUE SELECT * FROM items; UPDATE orders SET total = 5 WHERE CURRENT OF c; SELECT name FROM customers c JOIN orders o USING (id) AS both

-- a foreign table
CREATE FOREIGN TABLE f (a int OPTIONS (column_name 'x'), b text) SERVER s OPTIONS (table_name 'x'); SELECT a FROM f

-- a field of a column is assigned
UPDATE customers SET region.street = name

-- partitions by range; a path that is reset; a schema that is renamed
ALTER TABLE orders ATTACH PARTITION items FOR VALUES FROM (1) TO (2); SET search_path TO a; SELECT x FROM t; RESET search_path; SELECT x FROM t; ALTER SCHEMA a RENAME TO b
