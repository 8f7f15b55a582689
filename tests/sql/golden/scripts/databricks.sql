-- scripting
BEGIN
  DECLARE n INT DEFAULT 0;
  SET n = (SELECT COUNT(id) FROM orders);
  IF n > 0 THEN
    INSERT INTO report (n) VALUES (n);
  END IF;
  FOR r AS SELECT id, total FROM orders DO
    INSERT INTO report (a, b) VALUES (r.id, r.total);
  END FOR;
END;
SELECT name FROM customers;

-- variables of a session
DECLARE VARIABLE last INT DEFAULT 0;
SET VAR last = (SELECT MAX(id) FROM orders);
INSERT INTO report (last) VALUES (last);
