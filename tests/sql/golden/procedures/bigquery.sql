-- a procedure
CREATE OR REPLACE PROCEDURE shop.load(since DATE, OUT n INT64)
OPTIONS (strict_mode = false)
BEGIN
  DECLARE last INT64;
  SET last = (SELECT MAX(id) FROM orders WHERE placed > since);
  SET n = last;
  INSERT INTO report (a, b) SELECT id, last FROM orders;
  IF EXISTS (SELECT 1 FROM customers WHERE region = 'x') THEN
    INSERT INTO report (n) VALUES (n);
  END IF;
END;
CALL shop.load('2020-01-01', n);

-- functions
CREATE TEMP FUNCTION twice(x FLOAT64) AS (x * 2);
CREATE FUNCTION best() AS ((SELECT MAX(total) FROM orders));
CREATE TABLE FUNCTION rows_of(i INT64) AS SELECT id, total FROM orders WHERE id = i;
CREATE FUNCTION js(x FLOAT64) RETURNS FLOAT64 LANGUAGE js AS r"""return x; // SELECT 1""";
SELECT name FROM customers;
