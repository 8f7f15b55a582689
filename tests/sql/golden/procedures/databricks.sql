-- a procedure
CREATE OR REPLACE PROCEDURE load(IN since DATE) LANGUAGE SQL SQL SECURITY INVOKER AS
BEGIN
  DECLARE last INT;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN INSERT INTO log (message) SELECT kind FROM events; END;
  SET last = (SELECT MAX(id) FROM orders WHERE placed > since);
  INSERT INTO report (last) VALUES (last);
END;
SELECT name FROM customers;

-- a function
CREATE FUNCTION f(i INT) RETURNS INT RETURN SELECT MAX(id) FROM orders WHERE id < i;
SELECT name FROM customers;
