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

-- a longer one
DECLARE rows_ ARRAY<STRUCT<id INT64, total FLOAT64>>;
DECLARE i INT64 DEFAULT 0;
DECLARE cols STRING;
SET rows_ = ARRAY(SELECT AS STRUCT id, total FROM orders);
SET cols = (SELECT STRING_AGG(name) FROM customers);
CREATE TEMP TABLE kept AS SELECT * FROM orders;
label: LOOP
  SET i = i + 1;
  IF i > 10 THEN LEAVE label; END IF;
  INSERT INTO report (a) SELECT r.id FROM UNNEST(rows_) AS r;
END LOOP label;
EXECUTE IMMEDIATE FORMAT("INSERT INTO report (a) SELECT %s FROM orders", cols);
EXECUTE IMMEDIATE "INSERT INTO report (a) SELECT id FROM orders WHERE id = @x" USING i AS x;
FOR Rec IN (SELECT name, email FROM customers) DO
  INSERT INTO report (a, b) VALUES (REC.name, rec.email);
END FOR;
BEGIN
  SELECT 1/0;
EXCEPTION WHEN ERROR THEN
  SELECT @@error.message;
  RAISE USING MESSAGE = 'x';
END;
IF EXISTS (SELECT 1 FROM kept) THEN TRUNCATE TABLE report; END IF;
RETURN;
SELECT id FROM kept;
