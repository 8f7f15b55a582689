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

-- a longer one
USE DATABASE shop;
USE SCHEMA public;
CREATE OR REPLACE PROCEDURE p(TABLE_NAME VARCHAR, N NUMBER)
RETURNS VARCHAR
LANGUAGE SQL
COMMENT = 'it''s; a comment'
EXECUTE AS OWNER
AS
DECLARE
  v_sql VARCHAR;
  rs RESULTSET;
  total NUMBER DEFAULT 0;
  my_exception EXCEPTION (-20001, 'Wrong; thing');
BEGIN
  v_sql := 'SELECT id, total FROM orders WHERE id > ?';
  rs := (EXECUTE IMMEDIATE :v_sql USING (N));
  LET c2 CURSOR FOR rs;
  OPEN c2;
  FETCH c2 INTO N, total;
  FOR rec IN c2 DO
    total := total + rec.total;
    INSERT INTO report (a, b) SELECT :N, :total;
  END FOR;
  BEGIN
    UPDATE customers SET name = :v_sql WHERE id = :N;
  EXCEPTION
    WHEN OTHER THEN
      LET line := 'x: ' || SQLERRM;
      INSERT INTO log (message) VALUES (:line);
  END;
  IF (total > 5) THEN RAISE my_exception; END IF;
  FOR i IN 1 TO 10 DO
    DELETE FROM items WHERE order_id = :i;
  END FOR;
  REPEAT
    total := total - 1;
    INSERT INTO report (b) VALUES (:total);
  UNTIL (total < 0) END REPEAT;
  SELECT COUNT(*) INTO :total FROM IDENTIFIER(:TABLE_NAME);
  MERGE INTO customers t USING (SELECT id, status FROM orders) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.status;
  LET x NUMBER := (SELECT MAX(id) FROM customers);
  RETURN x;
END;
CALL p('orders', 5);
SET v = (SELECT MAX(id) FROM orders);
CREATE TEMPORARY TABLE tt AS SELECT $v AS m;

-- statements that nobody waits for
BEGIN
  ASYNC (INSERT INTO events (kind) SELECT name FROM customers);
  AWAIT ALL;
END;
