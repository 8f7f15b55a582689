-- a table is made, filled and read
CREATE TABLE made (a int, b text); INSERT INTO made SELECT id, status FROM orders; SELECT a, b FROM made

-- a temporary one hides one of the same name
CREATE TEMP TABLE orders AS SELECT id AS k FROM customers; SELECT k FROM orders; DROP TABLE orders; SELECT id FROM orders

-- ON COMMIT DROP
CREATE TEMP TABLE x ON COMMIT DROP AS SELECT id FROM orders; SELECT id FROM x

-- LIKE takes the shape only
CREATE TABLE made (LIKE orders INCLUDING ALL, more int); SELECT total, more FROM made

-- CREATE TABLE … AS TABLE
CREATE TABLE made AS TABLE items

-- no data
CREATE TABLE made AS SELECT id FROM orders WITH NO DATA; SELECT id FROM made

-- a view is read after it is made
CREATE VIEW v (a) AS SELECT total FROM orders; SELECT a FROM v

-- renamed
ALTER TABLE orders RENAME TO bills; SELECT total FROM bills; SELECT total FROM orders

-- a column is renamed, added, dropped
ALTER TABLE orders RENAME COLUMN total TO worth; ALTER TABLE orders ADD COLUMN note text, DROP COLUMN placed; SELECT worth, note, placed FROM orders

-- to another schema
ALTER TABLE orders SET SCHEMA old; SELECT id FROM old.orders

-- dropped, truncated
DROP TABLE IF EXISTS orders, items; TRUNCATE customers, products; SELECT id FROM orders

-- IF NOT EXISTS leaves what there is
CREATE TABLE IF NOT EXISTS orders (a int); SELECT id FROM orders

-- SELECT INTO
SELECT id, total INTO TEMP made FROM orders; SELECT total FROM made

-- the search path
SET search_path TO a, b; SELECT 1 FROM t

-- EXPLAIN reads, EXPLAIN ANALYZE does
EXPLAIN (COSTS off) SELECT id FROM orders; EXPLAIN ANALYZE INSERT INTO orders (id) SELECT id FROM customers

-- statements that move nothing
BEGIN; SET work_mem = '1GB'; GRANT SELECT ON orders TO bob; VACUUM orders; COMMENT ON TABLE orders IS 'x'; REFRESH MATERIALIZED VIEW v; COMMIT

-- one that moves we do not know what
CALL fill_orders(1)

-- a partition is attached
ALTER TABLE orders ATTACH PARTITION items FOR VALUES IN (1)

-- a bad statement between two good ones
SELECT id FROM orders; SELECT FROM WHERE x FROM items; SELECT name FROM customers

-- a query that is not understood, and its tables
INSERT INTO orders SELECT a, b FROM items JOIN customers ON ( WHERE

-- a cursor
DECLARE c CURSOR FOR SELECT id FROM orders
