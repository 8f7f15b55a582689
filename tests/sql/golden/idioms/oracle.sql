-- plain names fold up, quoted ones stay
SELECT id, "ID", "id" FROM orders

-- the old sign of an outer join
SELECT o.id, c.name FROM orders o, customers c WHERE o.customer_id = c.id(+)

-- CONNECT BY with LEVEL, PRIOR, CONNECT_BY_ROOT, SYS_CONNECT_BY_PATH
SELECT id, LEVEL AS depth, CONNECT_BY_ROOT name AS top, SYS_CONNECT_BY_PATH(name, '/') AS path FROM customers START WITH parent_id IS NULL CONNECT BY PRIOR id = parent_id

-- ROWNUM, ROWID and DUAL are no columns of anything
SELECT ROWNUM AS n, ROWID AS r, id FROM orders WHERE ROWNUM < 10

-- DUAL
SELECT sysdate AS now FROM dual

-- DECODE, NVL, LISTAGG
SELECT customer_id, LISTAGG(DECODE(status, 'p', 'paid', status), ',') WITHIN GROUP (ORDER BY placed) AS states, NVL(MAX(total), 0) AS most FROM orders GROUP BY customer_id

-- INSERT ALL with conditions
INSERT ALL WHEN total > 100 THEN INTO big (id, amount) VALUES (id, total) ELSE INTO small (id) VALUES (id) SELECT id, total FROM orders

-- MERGE with WHERE and DELETE WHERE
MERGE INTO customers t USING products s ON (t.id = s.id) WHEN MATCHED THEN UPDATE SET t.name = s.name WHERE s.name IS NOT NULL DELETE WHERE t.region = 'x' WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)

-- a link to another database
SELECT id FROM remote_orders@far

-- MINUS
SELECT id FROM customers MINUS SELECT customer_id FROM orders

-- UPDATE of several columns from one row
UPDATE customers c SET (name, region) = (SELECT p.name, p.tags FROM products p WHERE p.id = c.id)

-- a flashback read and a partition
SELECT id FROM orders AS OF TIMESTAMP (SYSTIMESTAMP - INTERVAL '1' HOUR) WHERE status = 'x'

-- KEEP (DENSE_RANK LAST)
SELECT customer_id, MAX(status) KEEP (DENSE_RANK LAST ORDER BY placed) AS latest FROM orders GROUP BY customer_id

-- a global temporary table
CREATE GLOBAL TEMPORARY TABLE t ON COMMIT PRESERVE ROWS AS SELECT id FROM orders

-- the schema of the session
ALTER SESSION SET CURRENT_SCHEMA = shop; SELECT id FROM nowhere

-- XMLTABLE
SELECT e.at, x.who FROM events e, XMLTABLE('/a' PASSING e.payload COLUMNS who VARCHAR2(20) PATH 'w') x

-- MODEL and other rarities: tables by guess
SELECT id, total FROM orders MODEL DIMENSION BY (id) MEASURES (total) RULES (total[1] = 2)

-- through a query that nobody named
UPDATE (SELECT o.total, c.region, c.name FROM orders o JOIN customers c ON c.id = o.customer_id) j SET j.total = 0, j.region = j.name

-- rows that a query picks, and a table behind one
DELETE (SELECT o.* FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.region = 'X'); INSERT INTO (SELECT id, name FROM products WHERE id > 1) VALUES (1, 'x')

-- numbered variables
SELECT id FROM orders WHERE total = :1; MERGE INTO orders o USING dual ON (o.id = :1) WHEN MATCHED THEN UPDATE SET o.total = :2 WHEN NOT MATCHED THEN INSERT (id, total) VALUES (:1, :2)

-- variables of SQL*Plus that nothing defines
INSERT INTO events (kind) SELECT status FROM &schema..orders_&year WHERE total = &&x

-- rows that are changed and removed, and where errors go
MERGE INTO orders o USING items i ON (o.id = i.order_id) WHEN MATCHED THEN UPDATE SET o.total = i.price WHERE o.status = 'a' DELETE WHERE o.total = 0
WHEN NOT MATCHED THEN INSERT (id) VALUES (i.order_id) WHERE i.price > 0 LOG ERRORS INTO err$_orders REJECT LIMIT UNLIMITED

-- a synonym; a part of a table; what a hierarchy says of its rows
CREATE SYNONYM o FOR orders; SELECT id FROM o PARTITION FOR (1) p; SELECT CONNECT_BY_ISLEAF AS leaf FROM customers CONNECT BY PRIOR id = parent_id
