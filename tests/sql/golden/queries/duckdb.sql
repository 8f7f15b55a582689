-- EXCLUDE, REPLACE, RENAME
SELECT * EXCLUDE (status, placed) REPLACE (total / 100 AS total) RENAME (customer_id AS customer) FROM orders

SELECT o.* EXCLUDE (id), c.* EXCLUDE (email) FROM orders o JOIN customers c ON c.id = o.customer_id

-- the same over a table without a schema
SELECT * EXCLUDE (a) REPLACE (b + 1 AS b) RENAME (c AS d) FROM nowhere

-- EXCLUDE through a CTE over a table without a schema
WITH x AS (SELECT * EXCLUDE (secret) FROM nowhere) SELECT a, secret FROM x

-- FROM first, GROUP BY ALL, ORDER BY ALL
FROM orders SELECT status, sum(total) AS total GROUP BY ALL ORDER BY ALL

FROM customers

-- names compare regardless of case, quoted or not
SELECT ID, "VALUE", m.value2 FROM MIXED m

-- USING keeps the place of the left column
SELECT * FROM (SELECT total, id FROM orders) a JOIN (SELECT name, id FROM customers) b USING (id)

-- UNION BY NAME
SELECT id, total FROM orders UNION ALL BY NAME SELECT name, id FROM customers

-- QUALIFY, and an alias used beside its definition
SELECT id, total * 2 AS twice, twice + 1 AS more FROM orders QUALIFY row_number() OVER (PARTITION BY status ORDER BY placed) = 1

-- SEMI and ANTI joins show the left side only
SELECT * FROM customers c SEMI JOIN orders o ON o.customer_id = c.id

SELECT * FROM (SELECT id, name FROM customers) ANTI JOIN orders USING (id)

-- lambda, struct, list
SELECT list_transform(tags, x -> x || name) AS t, {'a': id, 'b': attrs} AS s, attrs.colour FROM products

-- unnest in FROM and in SELECT, lateral without the word
SELECT u.tag, p.id, unnest(p.tags) AS again FROM products p, unnest(p.tags) AS u(tag)

SELECT c.name, o.n FROM customers c, (SELECT count(*) AS n FROM orders WHERE customer_id = c.id) o

-- a file; a function that reads one
SELECT a FROM 'x.parquet'

SELECT a, b AS c FROM read_csv('x.csv')

-- PIVOT is not followed yet
SELECT * FROM orders PIVOT (sum(total) FOR status IN ('paid', 'open'))

-- ASOF and positional joins
SELECT e.kind, o.total FROM events e ASOF JOIN orders o ON e.at >= o.placed

-- COLUMNS
SELECT COLUMNS(*) FROM customers

SELECT COLUMNS('a.*') FROM customers

-- INSERT BY NAME; CTAS
INSERT INTO items BY NAME SELECT id AS order_id, total AS price FROM orders

CREATE OR REPLACE TABLE t AS FROM orders SELECT id, total AS "Total"

-- an alias before the expression
SELECT twice: total * 2, id FROM orders

-- if and iff
SELECT if(status = 'x', total, 0) AS a, any_value(status) AS b, max(total, id) AS c FROM orders

-- a pivot of a subquery is no more known than one of a table
SELECT id, paid FROM (SELECT id, status, total FROM orders) PIVOT (sum(total) FOR status IN ('paid', 'open')) p

-- a star over what nobody can list keeps its place
CREATE VIEW v (a, b, c) AS SELECT f.*, o.id FROM read_csv('x') f, orders o

SELECT COLUMNS(*) + 1, id FROM customers UNION ALL SELECT total, id FROM orders
