-- plain columns, and a literal
CREATE VIEW v AS SELECT id, total, 1 AS one FROM orders

-- an expression, a cast, a function without an alias
SELECT total * 2 AS twice, total::int, upper(status), coalesce(status, 'x'), 'k' FROM orders

-- column list of the view renames by position
CREATE OR REPLACE VIEW v (a, b) AS SELECT id, total + 1 FROM orders

-- materialized, with CTE, grouped by number
CREATE MATERIALIZED VIEW m AS WITH o AS (SELECT customer_id, total FROM orders WHERE status = 'paid')
SELECT customer_id, sum(total) AS total FROM o GROUP BY 1 ORDER BY 2

-- count(*) has no source
SELECT region, count(*), count(email) FROM customers GROUP BY region HAVING max(parent_id) > 3

-- the condition of CASE decides, its branches make
SELECT CASE WHEN status = 'paid' THEN total ELSE 0 END AS paid FROM orders

-- CASE with an operand
SELECT CASE status WHEN 'a' THEN id WHEN 'b' THEN customer_id END FROM orders

-- window: argument makes, partition and order decide
SELECT id, sum(total) OVER (PARTITION BY customer_id ORDER BY placed) AS running,
  row_number() OVER w AS n, lag(total) OVER w AS before
FROM orders WINDOW w AS (PARTITION BY status ORDER BY id)

-- FILTER, ordered aggregates, WITHIN GROUP
SELECT count(*) FILTER (WHERE status = 'paid') AS paid, string_agg(status, ',' ORDER BY placed) AS all_of,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY total) AS median FROM orders

-- scalar, EXISTS and IN subqueries, correlated
SELECT c.name, (SELECT max(o.total) FROM orders o WHERE o.customer_id = c.id) AS best,
  EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.status = 'open') AS has_open
FROM customers c WHERE c.id IN (SELECT customer_id FROM orders WHERE total > 10)

-- NOT EXISTS reads no column that it selects
SELECT name FROM customers c WHERE NOT EXISTS (SELECT o.total FROM orders o WHERE o.customer_id = c.id)

-- joins: left, USING, then an ON
SELECT o.id, c.name, p.name AS product FROM orders o
LEFT JOIN customers c ON c.id = o.customer_id
JOIN items i ON i.order_id = o.id LEFT JOIN products p ON p.id = i.product_id

-- USING puts the merged column first; * shows it once
SELECT * FROM (SELECT 1 AS x, id, total FROM orders) a JOIN (SELECT id, name FROM customers) b USING (id)

-- FULL JOIN USING takes either
SELECT id FROM orders FULL JOIN customers USING (id)

-- RIGHT JOIN USING takes the right one
SELECT id FROM orders RIGHT JOIN customers USING (id)

-- NATURAL joins by all common names
SELECT name, total FROM orders NATURAL JOIN (SELECT id, name FROM customers) c

-- a parenthesised join, as PostgreSQL prints views
SELECT o.id, c.name FROM ((orders o JOIN customers c ON ((c.id = o.customer_id))) JOIN items i ON ((i.order_id = o.id))) WHERE ((i.quantity > 1))

-- LATERAL
SELECT c.name, last.total FROM customers c CROSS JOIN LATERAL (
  SELECT o.total FROM orders o WHERE o.customer_id = c.id ORDER BY o.placed DESC LIMIT 1) last

-- functions in FROM
SELECT p.id, t.tag, g.n FROM products p, unnest(p.tags) AS t(tag), generate_series(1, 3) AS g(n)

-- WITH ORDINALITY, jsonb_each, a function nobody knows
SELECT e.key, e.value, u.x, u.i, f.z FROM products p, jsonb_each(p.attrs) e, unnest(p.tags) WITH ORDINALITY AS u(x, i), my_function(p.id) f

-- jsonb_to_recordset with typed columns
SELECT r.a, r.b FROM products p, jsonb_to_recordset(p.attrs) AS r(a int, b text)

-- union by position, names of the first branch
SELECT id, name FROM customers UNION ALL SELECT product_id, price FROM items ORDER BY name

-- EXCEPT and INTERSECT: the right side only filters
SELECT id FROM customers EXCEPT SELECT customer_id FROM orders

-- recursive: the uses of both columns mix
WITH RECURSIVE tree (id, top, depth) AS (
  SELECT id, id, 0 FROM customers WHERE parent_id IS NULL
  UNION ALL SELECT c.id, t.top, t.depth + 1 FROM customers c JOIN tree t ON c.parent_id = t.id)
SELECT id, top, depth FROM tree

-- a CTE named like the table that it reads
WITH orders AS (SELECT id, total * 2 AS total FROM orders) SELECT * FROM orders

-- CTEs see those before them; inner ones hide outer ones
WITH a AS (SELECT id AS x FROM orders), b AS (SELECT x + 1 AS x FROM a)
SELECT x FROM b UNION SELECT x FROM (WITH a AS (SELECT name AS x FROM customers) SELECT x FROM a) q

-- a forward reference in WITH RECURSIVE
WITH RECURSIVE a AS (SELECT x FROM b), b AS (SELECT id AS x FROM orders) SELECT x FROM a

-- unquoted folds down, quoted is exact
SELECT ID, "Value", o.STATUS FROM ORDERS o, "Mixed"

-- a quoted name of another case is another table
SELECT id FROM "Orders"

-- an alias is folded too
SELECT id AS Foo, total AS "Bar" FROM orders

-- whole rows and composites
SELECT o, row_to_json(c) AS j, (c).name FROM orders o JOIN customers c ON true

-- t.* among others
SELECT c.*, o.id AS order_id FROM orders o, customers c

-- two owners: no edge
SELECT id FROM orders, customers

-- no schema: one table is a guess, two are unknown
SELECT a FROM nowhere

SELECT n.a, b, id FROM nowhere n, elsewhere e

-- one table without a schema among known ones
SELECT total, mystery FROM orders JOIN nowhere ON orders.id = nowhere.order_id

-- * over a table without a schema
SELECT * FROM nowhere

-- a column through two subqueries over a table without a schema
SELECT x.a FROM (SELECT * FROM (SELECT * FROM nowhere) y) x

-- an inner table without a schema may own the outer column
SELECT name FROM customers WHERE EXISTS (SELECT 1 FROM nowhere WHERE email = 'x')

-- a column that is not there
SELECT nothing FROM orders

-- SELECT INTO, VALUES, TABLE
SELECT id INTO copy FROM orders

CREATE TABLE t AS SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS x (n, s)

CREATE VIEW v AS TABLE orders

-- DISTINCT ON and grouping sets
SELECT DISTINCT ON (customer_id) customer_id, total FROM orders ORDER BY customer_id, placed DESC

SELECT region, count(*) AS n FROM customers GROUP BY GROUPING SETS ((region), (name)), ROLLUP (email)

-- INSERT by list, by position, with a CTE
INSERT INTO items (price, order_id) SELECT total, id FROM orders

INSERT INTO items SELECT id, customer_id FROM orders

WITH o AS (SELECT id FROM orders) INSERT INTO items (order_id) SELECT id FROM o ON CONFLICT DO NOTHING

-- a schema before the column
SELECT shop.orders.id FROM shop.orders

-- ORDER BY prefers the output, GROUP BY the input
SELECT -total AS total, status AS id FROM orders ORDER BY total

SELECT status AS id FROM orders GROUP BY id

-- system columns, session values
SELECT ctid, current_date, id FROM orders

-- several statements, one of them broken
CREATE VIEW a AS SELECT id FROM orders; SELECT FROM WHERE; CREATE VIEW b AS SELECT total FROM orders

-- not followed yet: said so
UPDATE orders SET total = 1; DELETE FROM orders; DROP TABLE x; MERGE INTO orders USING items ON true WHEN MATCHED THEN DELETE

-- brackets around a subquery and what is joined to it, as views are printed
SELECT c.name, i.price FROM (((SELECT id, customer_id FROM orders) m JOIN customers c ON ((m.customer_id = c.id))) LEFT JOIN items i ON ((i.order_id = m.id)))

-- arrays of types that are names of objects
SELECT p.id, (p.tags)::regclass[] AS t, o.status FROM products p JOIN orders o ON ((o.id = ANY ('{1,2}'::oid[])))

-- UNNEST behind a bracket
SELECT u.t, c.name FROM (unnest(ARRAY[1, 2]) u(t) JOIN customers c ON ((c.id = u.t)))

-- SEARCH and CYCLE give a recursive query columns
WITH RECURSIVE tree AS (SELECT id, parent_id FROM customers UNION ALL SELECT c.id, c.parent_id FROM customers c JOIN tree t ON c.parent_id = t.id) SEARCH DEPTH FIRST BY id SET ord CYCLE id SET again USING way SELECT id, ord, again, way FROM tree ORDER BY ord

-- what decides in a subquery is as sure as its table
SELECT (SELECT max(o.total) FROM orders o JOIN nowhere n ON n.x = o.id WHERE o.status = 1) AS top FROM customers;
