-- plain names fold up, quoted ones stay
SELECT id, "ID", "id" FROM orders

-- FETCH FIRST, WITH UR, OPTIMIZE FOR
SELECT id FROM orders ORDER BY placed FETCH FIRST 10 ROWS ONLY WITH UR

-- what a statement changes, as a table
SELECT id, total FROM FINAL TABLE (INSERT INTO orders (id, total) SELECT order_id, price FROM items)

-- VALUES as a statement
VALUES CURRENT DATE

-- SYSDUMMY1
SELECT CURRENT TIMESTAMP AS now FROM SYSIBM.SYSDUMMY1

-- a materialized query table
CREATE TABLE mqt AS (SELECT customer_id, SUM(total) AS spent FROM orders GROUP BY customer_id) DATA INITIALLY DEFERRED REFRESH DEFERRED

-- a table of the session
DECLARE GLOBAL TEMPORARY TABLE SESSION.t AS (SELECT id FROM orders) WITH DATA ON COMMIT PRESERVE ROWS

-- MERGE
MERGE INTO customers AS t USING (SELECT id, name FROM products) AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name) ELSE IGNORE

-- the schema of the session
SET CURRENT SCHEMA = shop; SELECT id FROM nowhere

-- a recursive query without the word
WITH up (id, parent_id) AS (SELECT id, parent_id FROM customers UNION ALL SELECT c.id, c.parent_id FROM customers c, up WHERE up.parent_id = c.id) SELECT id FROM up

-- LISTAGG, and joining by CONCAT
SELECT LISTAGG(name, ',') WITHIN GROUP (ORDER BY id) AS names, region CONCAT '!' AS r FROM customers GROUP BY region

-- labelled durations
SELECT placed + 3 DAYS AS due FROM orders

-- UPDATE from a row of a query
UPDATE customers c SET (name, region) = (SELECT p.name, p.tags FROM products p WHERE p.id = c.id)

-- a read of the past
SELECT id FROM orders FOR SYSTEM_TIME AS OF '2024-01-01'

-- XMLTABLE
SELECT x.who FROM events e, XMLTABLE('$d/a' PASSING e.payload AS "d" COLUMNS who VARCHAR(20) PATH 'w') AS x

-- LATERAL by the old word
SELECT c.id, x.t FROM customers c, TABLE (SELECT o.total AS t FROM orders o WHERE o.customer_id = c.id) AS x

-- EXPORT by the command line
EXPORT TO /tmp/o.csv OF DEL SELECT id, total FROM orders

-- through a query
DELETE FROM (SELECT * FROM orders ORDER BY id FETCH FIRST 10 ROWS ONLY); UPDATE (SELECT total, ROW_NUMBER() OVER (ORDER BY id) AS n FROM orders) SET total = n

-- a temporary table of the session, of another one's shape
DECLARE GLOBAL TEMPORARY TABLE SESSION.t AS (SELECT id, total FROM orders) DEFINITION ONLY ON COMMIT PRESERVE ROWS NOT LOGGED; INSERT INTO SESSION.t SELECT id, total FROM orders; INSERT INTO items (order_id) SELECT id FROM SESSION.t

-- files of the command line; storage behind TRUNCATE; how rows are fetched
LOAD FROM x.del OF DEL INSERT INTO orders (id, total); IMPORT FROM y.ixf OF IXF REPLACE INTO orders; TRUNCATE TABLE orders IMMEDIATE; SELECT id FROM orders FETCH FIRST 5 ROWS ONLY FOR READ ONLY WITH UR

-- an alias; a partition that becomes a table; values of a sequence
CREATE ALIAS o FOR orders; SELECT id FROM o; ALTER TABLE orders DETACH PARTITION p INTO old; SELECT PREVIOUS VALUE FOR s AS a, id FROM orders
