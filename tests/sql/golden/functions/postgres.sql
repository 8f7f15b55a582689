-- a record set
SELECT x.a, x.b FROM events e, jsonb_to_recordset(e.payload) AS x(a int, b text)

-- ordinality
SELECT x.v, x.n FROM products p CROSS JOIN LATERAL unnest(p.tags) WITH ORDINALITY AS x(v, n)

-- ROWS FROM
SELECT a, b FROM ROWS FROM (generate_series(1, 2), generate_series(1, 3)) AS x(a, b)

-- XMLTABLE
SELECT x.a FROM events e, XMLTABLE('/r' PASSING e.payload COLUMNS a int PATH 'a') x

-- columns that nobody named are called by the functions that make them
SELECT json_object_agg(id, total), position('a' in status), trim(status), CURRENT_TIMESTAMP, array_agg(id)[1], lower(status) || 'x' FROM orders
