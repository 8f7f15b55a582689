-- lines of the shell
.mode csv
.import items.csv items
.read other.sql
INSERT INTO report (a) SELECT id FROM orders;
.quit

-- a trigger has semicolons in it
CREATE TRIGGER t AFTER INSERT ON orders BEGIN
  INSERT INTO report (a, b) VALUES (NEW.id, NEW.total);
  UPDATE customers SET name = 'x' WHERE id = NEW.customer_id;
END;
SELECT name FROM customers;
