-- a terminator
--#SET TERMINATOR @
CREATE PROCEDURE p (IN x INTEGER)
LANGUAGE SQL
BEGIN
  DECLARE v INTEGER;
  SELECT MAX(id) INTO v FROM orders WHERE id > x;
  INSERT INTO report (a) VALUES (v);
END@
--#SET TERMINATOR ;
SELECT name FROM customers; -- a comment
SELECT email FROM customers;

-- a trigger that names its rows
CREATE TRIGGER t AFTER UPDATE ON orders REFERENCING NEW AS n OLD AS o FOR EACH ROW MODE DB2SQL
BEGIN ATOMIC
  INSERT INTO log (id, was) VALUES (n.id, o.status);
END;
