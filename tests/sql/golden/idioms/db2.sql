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
