-- a procedure in dollar quotes
CREATE OR REPLACE PROCEDURE load(p_since DATE)
RETURNS TABLE (id NUMBER, total NUMBER)
LANGUAGE SQL
EXECUTE AS CALLER
AS
$$
DECLARE
  res RESULTSET DEFAULT (SELECT id, total FROM orders WHERE placed > :p_since);
  c1 CURSOR FOR res;
  last NUMBER;
BEGIN
  SELECT MAX(id), MIN(total) INTO :last, :p_since FROM orders;
  FOR r IN c1 DO
    INSERT INTO report (a, b) VALUES (r.id, r.total);
  END FOR;
  IF (last > 10) THEN
    INSERT INTO report (last) SELECT :last;
  ELSEIF (last > 5) THEN
    UPDATE report SET a = :last;
  END IF;
  CASE (last) WHEN 1 THEN DELETE FROM report WHERE a = :last; END;
  WHILE (last > 0) DO
    last := last - 1;
  END WHILE;
  RETURN TABLE(res);
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    INSERT INTO log (message) VALUES (:SQLERRM);
    RAISE;
END;
$$;
SELECT name FROM customers;

-- without dollar quotes
CREATE PROCEDURE p() RETURNS VARCHAR LANGUAGE SQL AS
BEGIN
  LET c CURSOR FOR SELECT name, email FROM customers;
  LET a VARCHAR := '';
  LET b VARCHAR := '';
  OPEN c;
  FETCH c INTO a, b;
  INSERT INTO report (a, b) VALUES (:a, :b);
  CLOSE c;
  RETURN a;
END;
SELECT name FROM customers;

-- functions
CREATE FUNCTION f(i NUMBER) RETURNS TABLE (id NUMBER) AS 'SELECT id FROM orders WHERE customer_id = i';
CREATE FUNCTION g() RETURNS NUMBER AS $$ SELECT MAX(id) FROM orders $$;
CREATE FUNCTION h(a FLOAT) RETURNS FLOAT LANGUAGE JAVASCRIPT AS $$ return A; // SELECT 1; $$;

-- a task
CREATE OR REPLACE TASK t WAREHOUSE = w SCHEDULE = '1 minute' WHEN SYSTEM$STREAM_HAS_DATA('s') AS
  INSERT INTO report (a) SELECT id FROM orders;
SELECT name FROM customers;
