-- IN a table, a query of WITH, a tuple of WITH
SELECT id FROM orders WHERE customer_id IN customers; WITH x AS (SELECT id FROM customers) SELECT id FROM orders WHERE customer_id GLOBAL IN x; WITH (1, 2) AS ids SELECT id FROM orders WHERE id IN ids

-- IN a table of another database, beside one without a schema
SELECT id FROM nowhere WHERE id NOT IN d.banned

-- ORDER BY ALL, LIMIT BY
SELECT id, total FROM orders ORDER BY ALL; SELECT id, total FROM orders LIMIT 2 BY customer_id, status

-- a query as a table, and a view with parameters
SELECT * FROM view(SELECT id FROM orders) AS v; CREATE VIEW one AS SELECT id FROM orders WHERE status = {s:String}; SELECT * FROM one(s = 'x') AS o

-- values with a structure
SELECT a, b FROM values('a Int, b String', (1, 'x'), (2, 'y'))
