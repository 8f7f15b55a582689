-- as sqlite_schema keeps it, with strange quotes
CREATE VIEW "v w" AS SELECT [id], `total`, "status" FROM "orders"

-- double quotes around no name are a string
SELECT "nothing here", id FROM orders

-- rowid
SELECT rowid, id FROM orders

-- unnamed expressions are called by their text
SELECT total + 1, count(*), max(id, customer_id) FROM orders

-- a column is called as the table spells it
SELECT ID, orders.Total FROM Orders

-- main.
SELECT id FROM main.orders

-- recursive without the word
WITH c(n, r) AS (SELECT id, region FROM customers UNION ALL SELECT n + 1, r FROM c WHERE n < 10) SELECT n, r FROM c

-- json_each
SELECT p.id, j.value, j.key FROM products p, json_each(p.tags) j

-- USING, and natural
SELECT * FROM orders JOIN (SELECT id, name FROM customers) USING (id)

SELECT * FROM orders NATURAL LEFT JOIN (SELECT id, name FROM customers)

-- INSERT OR REPLACE, by position
INSERT OR REPLACE INTO items SELECT id, customer_id, 1, total FROM orders

-- group_concat, total, iif
SELECT group_concat(name, ',') AS a, total(parent_id) AS b, iif(region = 'x', email, name) AS c FROM customers

-- a table without a schema, and a view's names
CREATE VIEW v (x) AS SELECT y FROM nowhere

CREATE TEMP VIEW v AS SELECT * FROM orders WHERE id IN (SELECT order_id FROM items)

-- window
SELECT first_value(name) OVER (PARTITION BY region ORDER BY id) AS f, ntile(4) OVER (ORDER BY email) AS q FROM customers

-- compound with ORDER BY and LIMIT
SELECT id AS a FROM orders UNION SELECT id FROM customers INTERSECT SELECT order_id FROM items ORDER BY a LIMIT 3
