-- four ways to quote, and case never matters
SELECT "ID", `total`, [Status] FROM ORDERS

-- a name in double quotes that is no column is a string
SELECT "none such" AS s, id FROM orders

-- REPLACE and UPSERT
REPLACE INTO customers (id, name) SELECT id, name FROM products; INSERT INTO customers (id, name) SELECT id, name FROM products WHERE true ON CONFLICT (id) DO UPDATE SET name = excluded.name

-- main and attached databases
ATTACH 'other.db' AS other; SELECT o.id, x.a FROM main.orders o JOIN other.t x ON x.id = o.id

-- rowid is a column that nobody declares
SELECT rowid, id FROM orders WHERE _rowid_ > 3

-- json_each is a table of fixed columns
SELECT p.id, j.value FROM products p, json_each(p.tags) AS j

-- JSON arrows
SELECT payload ->> '$.user' AS who, payload -> 'a' AS a FROM events

-- UPDATE FROM
UPDATE orders SET status = c.region FROM customers AS c WHERE c.id = orders.customer_id

-- NULLS LAST, LIMIT with a comma, GLOB, COLLATE
SELECT name COLLATE nocase AS n FROM customers WHERE email GLOB '*@x' ORDER BY region DESC NULLS LAST LIMIT 3, 4

-- a table without rowid, made from a query
CREATE TEMP TABLE IF NOT EXISTS t AS SELECT id, total FROM orders; SELECT * FROM t

-- comparing with IS, and a recursive count
WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 5) SELECT n.x, o.id FROM n JOIN orders o ON o.id IS n.x

-- INDEXED BY
SELECT id FROM orders INDEXED BY i WHERE status = 'x'

-- virtual tables and what they are made of
CREATE VIRTUAL TABLE f USING fts5(title, body, content='products'); SELECT title FROM f; SELECT name FROM pragma_table_info('orders')
