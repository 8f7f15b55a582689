-- case does not matter
SELECT "ID", Total FROM ORDERS

-- SEL, QUALIFY and an alias in what follows it
SEL total * 2 AS twice, twice + 1 AS more FROM orders QUALIFY ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY placed) = 1

-- a name for an expression in brackets
SELECT total (NAMED amount), id (FORMAT '9(5)') AS i FROM orders

-- a volatile table
CREATE VOLATILE TABLE big AS (SELECT id, total FROM orders) WITH DATA PRIMARY INDEX (id) ON COMMIT PRESERVE ROWS; INSERT INTO kept SELECT id, total FROM big

-- a table made from another
CREATE TABLE t AS orders WITH DATA; CREATE MULTISET TABLE u AS (SELECT id FROM orders) WITH NO DATA

-- a lock before a statement
LOCKING ROW FOR ACCESS SELECT id FROM orders; LOCKING TABLE orders FOR ACCESS SELECT id FROM orders

-- UPDATE … FROM, without and with an alias
UPDATE t FROM orders t, customers c SET status = c.region WHERE t.customer_id = c.id

-- MERGE
MERGE INTO customers AS t USING products AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT (s.id, s.name, NULL, NULL, NULL)

-- INS, UPD, DEL
INS INTO kept SELECT id, total FROM orders; DEL FROM orders WHERE id = 1; UPD orders SET status = 'x'

-- TOP, SAMPLE, CASE_N, ZEROIFNULL
SELECT TOP 3 ZEROIFNULL(total) AS t, customer_id MOD 2 AS m FROM orders SAMPLE 10

-- a character set of a string, and casts by brackets
SELECT CAST(placed AS DATE FORMAT 'YYYY-MM-DD') AS d, TRIM(BOTH FROM status) AS s FROM orders

-- RESET WHEN, and a window in the old way
SELECT id, CSUM(total, placed) AS running FROM orders

-- REPLACE VIEW
REPLACE VIEW v (a, b) AS SELECT id, name FROM customers

-- the database of the session
DATABASE shop; SELECT id FROM nowhere

-- a pattern of names
SELECT id FROM customers WHERE name LIKE ANY ('a%', 'b%')

-- COLLECT STATISTICS moves nothing
COLLECT STATISTICS ON orders COLUMN (id)

-- MINUS
SELECT c.id FROM customers c MINUS SELECT customer_id FROM orders

-- phrases behind values: casts, formats, names
SELECT total (INTEGER), status (CASESPECIFIC), placed (DATE, FORMAT 'YYYY-MM-DD') (NAMED day), EXTRACT(YEAR FROM DATE) FROM orders

-- short and old forms
INSERT orders (1, 'a'); DELETE orders ALL; DEL FROM items o WHERE o.price > 5 ALL; RENAME TABLE orders AS old_orders; DROP TABLE old_orders ALL

-- a view with names and a lock
REPLACE VIEW v (a, b) AS LOCKING TABLE orders FOR ACCESS SELECT id, SUM(total) FROM orders GROUP BY 1 WITH CHECK OPTION

-- the order that RANK looks at; joined periods; rows of the client's file
SELECT RANK(total DESC), CSUM(total, id) FROM orders; SELECT NORMALIZE ON MEETS OR OVERLAPS id, placed FROM orders; USING (a VARCHAR(10)) INSERT INTO events (kind) VALUES (:a)

-- where names are looked up
SET SESSION DATABASE sales; SELECT id FROM sold
