-- lines of psql
\set ON_ERROR_STOP on
\set who customers
\i other.sql
\copy orders FROM 'x.csv' CSV
\timing
INSERT INTO report (a) SELECT id FROM orders;
\d report

-- dollar quotes, nested comments, strings with escapes
SELECT $$ a; b $$ AS x, $t$ c; $$ d $t$ AS y, id FROM orders;
/* a /* nested; */ b; */ SELECT E'it\'s; over' AS z, total FROM orders;
SELECT name -- a; b
FROM customers;

-- a block of its own
DO $$
DECLARE
  last bigint;
BEGIN
  SELECT max(id) INTO last FROM orders;
  INSERT INTO report (last) VALUES (last);
END $$;
SELECT name FROM customers;

-- temporary tables, renamed
BEGIN;
CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT id, total FROM orders;
CREATE TABLE report_new AS SELECT id AS order_id, total * 2 AS amount FROM kept;
ALTER TABLE report RENAME TO report_old;
ALTER TABLE report_new RENAME TO report;
DROP TABLE report_old;
COMMIT;

-- what is prepared, and run
PREPARE add (int, text) AS INSERT INTO report (a, b) SELECT id, $2 FROM orders WHERE id = $1;
EXECUTE add (1, 'x');
DEALLOCATE add;

-- variables of psql
\set tab customers
\set day '2020-01-01'
INSERT INTO report (a) SELECT name FROM :tab WHERE region = :'day' AND id > 1::int;
SELECT id FROM :"tab" WHERE name = :unset;

-- what psql copies, sends and fills in
\copy orders (id, total) from 'x.csv' csv
\copy (SELECT id FROM orders WHERE total > 3) TO 'out.csv' WITH (FORMAT csv)
INSERT INTO :kept (id) SELECT id FROM orders WHERE status = :'val' AND placed > :start;
SELECT count(*) AS n FROM orders \gset
SELECT format('DROP TABLE %I', name) FROM customers
\gexec
SELECT 2;
