-- tables by letter, columns by whatever letter; backticks quote
SELECT `ID`, Total FROM orders

-- a string in double quotes is no column
SELECT "id" AS word, id FROM orders

-- STRAIGHT_JOIN and index hints
SELECT STRAIGHT_JOIN o.id, c.name FROM orders o USE INDEX (i1) STRAIGHT_JOIN customers c ON c.id = o.customer_id

-- ON DUPLICATE KEY UPDATE with VALUES()
INSERT INTO customers (id, name) SELECT id, name FROM products ON DUPLICATE KEY UPDATE name = VALUES(name), email = concat(email, '!')

-- ON DUPLICATE KEY UPDATE with a name for the new row
INSERT INTO customers (id, name) SELECT p.id, p.name FROM products p ON DUPLICATE KEY UPDATE name = p.name; INSERT INTO customers (id, name) VALUES (1, 'a') AS fresh ON DUPLICATE KEY UPDATE name = fresh.name

-- INSERT … SET
INSERT INTO customers SET id = 1, name = (SELECT max(name) FROM products)

-- UPDATE of two tables at once
UPDATE orders o JOIN customers c ON c.id = o.customer_id SET o.status = c.region, c.region = o.status

-- DELETE by join
DELETE o FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.region = 'x'

-- GROUP_CONCAT with order, and JSON arrows
SELECT group_concat(DISTINCT name ORDER BY region SEPARATOR ';') AS names, min(email) AS e FROM customers GROUP BY region WITH ROLLUP

-- JSON_TABLE
SELECT e.at, j.who FROM events e, JSON_TABLE(e.payload, '$[*]' COLUMNS (who VARCHAR(20) PATH '$.user')) AS j

-- user variables
SELECT @n := @n + 1 AS n, id FROM orders

-- the database of the session
USE shop; SELECT id FROM nowhere

-- rename in one step, as online schema changes do
RENAME TABLE orders TO orders_old, items TO orders

-- LIMIT with an offset first, LOCK
SELECT id FROM orders ORDER BY placed DESC LIMIT 5, 10 FOR UPDATE

-- what the server alone runs: a comment with a version
SELECT /*!40001 SQL_NO_CACHE */ id FROM orders

-- several tables in DELETE, by their aliases
DELETE FROM o, c USING orders AS o JOIN customers AS c ON o.customer_id = c.id; DELETE orders.* FROM orders JOIN items i ON i.order_id = orders.id

-- defaults of JSON_TABLE
SELECT j.* FROM products, JSON_TABLE(attrs, '$' COLUMNS (a INT PATH '$.a' DEFAULT '1' ON EMPTY NULL ON ERROR, b INT PATH '$.b' ERROR ON ERROR)) j

-- a table of rows without the double ones
CREATE TABLE t (a INT, total INT) IGNORE SELECT id, total FROM orders

-- columns that move and change their names
ALTER TABLE orders ADD COLUMN z INT AFTER id, CHANGE total sum DECIMAL(10, 2), DROP COLUMN placed; INSERT INTO orders SELECT 1, 2, price, 'x', order_id FROM items

-- fields of a file that go into variables
LOAD DATA INFILE '/x.csv' INTO TABLE orders FIELDS TERMINATED BY ',' (id, @t, status) SET total = @t * 100, placed = NOW()
