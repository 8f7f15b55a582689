-- variables, branches, loops, handlers
CREATE DEFINER=`root`@`localhost` PROCEDURE `load`(IN p_id INT, OUT p_total DECIMAL(10,2))
SQL SECURITY INVOKER
BEGIN
  DECLARE done INT DEFAULT FALSE;
  DECLARE v_id, v_customer INT;
  DECLARE c CURSOR FOR SELECT id, customer_id FROM orders WHERE id > p_id;
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = TRUE;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    INSERT INTO log (message) SELECT kind FROM events;
  END;
  SELECT SUM(total) INTO p_total FROM orders;
  SET @t = p_total, v_id = 1;
  OPEN c;
  again: LOOP
    FETCH c INTO v_id, v_customer;
    IF done THEN LEAVE again; END IF;
    INSERT INTO report (a, b, c) VALUES (v_id, v_customer, @t);
  END LOOP again;
  CLOSE c;
  WHILE v_id > 0 DO
    SET v_id = v_id - 1;
    UPDATE customers SET parent_id = v_customer WHERE id = v_id;
  END WHILE;
  REPEAT
    DELETE FROM items WHERE order_id = v_id;
  UNTIL v_id > 10 END REPEAT;
  CASE WHEN v_id = 1 THEN INSERT INTO report (a) VALUES (v_id); END CASE;
END

-- a function
CREATE FUNCTION total_of(c INT) RETURNS DECIMAL(10,2) DETERMINISTIC READS SQL DATA
RETURN (SELECT SUM(total) FROM orders WHERE customer_id = c);
SELECT name FROM customers

-- triggers: a statement, a block
CREATE TRIGGER t BEFORE UPDATE ON orders FOR EACH ROW SET NEW.total = OLD.total * 2, NEW.status = 'x';
CREATE TRIGGER u AFTER INSERT ON orders FOR EACH ROW FOLLOWS t
BEGIN
  INSERT INTO log (id, now) VALUES (NEW.id, NEW.status);
  UPDATE customers SET name = NEW.status WHERE id = NEW.customer_id;
END;

-- an event
CREATE EVENT IF NOT EXISTS e ON SCHEDULE EVERY 1 DAY DO INSERT INTO report (a) SELECT id FROM orders;

-- a variable wins over a column of its name
CREATE PROCEDURE p(total INT)
BEGIN
  INSERT INTO report (a, b) SELECT total, orders.total FROM orders;
END;

-- a longer one
DELIMITER $$
DROP PROCEDURE IF EXISTS p $$
CREATE PROCEDURE p(IN a INT)
main: BEGIN
  DECLARE b INT DEFAULT (SELECT MAX(id) FROM orders);
  IF a IS NULL THEN LEAVE main; END IF;
  INSERT INTO report SET a = b, c = (SELECT name FROM customers WHERE id = b);
  SET @s = 'x';
  SELECT id, name INTO @i, @n FROM customers WHERE id = a;
  REPLACE INTO report (a, b) SELECT id, @n FROM orders;
  UPDATE customers c JOIN orders o ON o.customer_id = c.id SET c.name = o.status, c.parent_id = b;
END main $$
DELIMITER ;
CALL p(1);
