-- constants, put together
DECLARE
  tab CONSTANT VARCHAR2(10) := 'report';
  n NUMBER;
BEGIN
  EXECUTE IMMEDIATE 'TRUNCATE TABLE ' || tab;
  EXECUTE IMMEDIATE 'INSERT INTO ' || tab || ' (a, b) SELECT id, :x FROM orders WHERE id > :y' USING 1, n;
  EXECUTE IMMEDIATE 'SELECT MAX(id) FROM orders' INTO n;
  EXECUTE IMMEDIATE q'[INSERT INTO report (n) VALUES (:n)]' USING n;
  EXECUTE IMMEDIATE 'BEGIN INSERT INTO report (a) SELECT name FROM customers; END;';
END;
/

-- what nobody can tell
CREATE PROCEDURE p (tab VARCHAR2) IS
BEGIN
  EXECUTE IMMEDIATE 'DROP TABLE ' || tab;
END;
/

-- a cursor over text
DECLARE
  c SYS_REFCURSOR;
  a NUMBER;
BEGIN
  OPEN c FOR 'SELECT id FROM orders WHERE total > :x' USING 5;
  FETCH c INTO a;
  INSERT INTO report (a) VALUES (a);
END;
/
