-- lines of SQL*Plus
SET ECHO OFF FEEDBACK OFF
WHENEVER SQLERROR EXIT SQL.SQLCODE
SPOOL out.txt
PROMPT loading the orders; with a semicolon
DEFINE src = orders
COLUMN total FORMAT 999
INSERT INTO report (a) SELECT id FROM &src;
@other.sql
@@dir/more.sql 1 2
SELECT total FROM &&src..items
/
SPOOL OFF
EXIT

-- blocks end with a slash, not with a semicolon
BEGIN
  INSERT INTO report (a) SELECT id FROM orders;
  UPDATE report SET a = 1;
END;
/
DECLARE
  n NUMBER;
BEGIN
  SELECT COUNT(*) INTO n FROM items;
  INSERT INTO report (n) VALUES (n);
END;
/
SELECT name FROM customers;

-- a slash that divides, and one in a comment
SELECT total
/ 2 AS half FROM orders;
/* a comment
/
*/
SELECT id FROM orders
/

-- quotes of any kind
INSERT INTO report (a, b) SELECT id, q'[it's; here
/
]' FROM orders;
SELECT "ID" FROM orders WHERE status = 'it''s; over';

-- what looks like a line of the client and is SQL
SELECT id,
start_date,
  column_name
FROM orders
EXIT;

-- a temporary table, and a swap by names
CREATE GLOBAL TEMPORARY TABLE kept ON COMMIT PRESERVE ROWS AS SELECT id, total FROM orders;
CREATE TABLE report_new AS SELECT id AS order_id, total * 2 AS amount FROM kept;
ALTER TABLE report_new RENAME TO report;
