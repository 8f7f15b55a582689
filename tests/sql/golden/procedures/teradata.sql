-- a procedure and a macro
REPLACE PROCEDURE load (IN p_id INTEGER, OUT p_n INTEGER)
BEGIN
  DECLARE v_last INTEGER;
  SELECT MAX(id) INTO :v_last FROM orders WHERE id > :p_id;
  INSERT INTO report (last) VALUES (:v_last);
  FOR r AS c CURSOR FOR SELECT id, total FROM orders DO
    INSERT INTO report (a, b) VALUES (r.id, r.total);
  END FOR;
END;
SELECT name FROM customers;

-- another one
CREATE MACRO m (x INTEGER) AS (
  INSERT INTO report (a) SELECT id FROM orders WHERE id = :x;
  SELECT name FROM customers;
);
EXEC m(1);
SELECT id FROM orders;
