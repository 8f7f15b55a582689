-- SET, a cursor for a prepared statement
CREATE PROCEDURE load (OUT p_n INTEGER) LANGUAGE SQL
P1: BEGIN
  DECLARE v_id INTEGER; DECLARE v_sql VARCHAR(1000); DECLARE at_end SMALLINT DEFAULT 0; DECLARE s1 STATEMENT;
  DECLARE c1 CURSOR FOR s1;
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET at_end = 1;
  SET v_sql = 'SELECT id FROM products WHERE id = ?';
  PREPARE s1 FROM v_sql;
  OPEN c1 USING p_n;
  FETCH c1 INTO v_id;
  INSERT INTO events (kind) VALUES (v_id);
  SET (p_n, v_id) = (SELECT COUNT(*), MAX(id) FROM orders);
  INSERT INTO events (payload) VALUES (v_id);
  SET p_n = 1, v_id = (SELECT MAX(price) FROM items);
  INSERT INTO events (payload) VALUES (v_id);
END P1

-- a trigger of one statement, which gives the new row a value
CREATE TRIGGER priced NO CASCADE BEFORE INSERT ON orders REFERENCING NEW AS n FOR EACH ROW
SET n.total = (SELECT MAX(price) FROM items WHERE order_id = n.id)

-- a trigger of several
CREATE TRIGGER kept AFTER UPDATE OF total ON orders REFERENCING OLD AS o NEW AS n FOR EACH ROW MODE DB2SQL
WHEN (n.total > 1) BEGIN ATOMIC INSERT INTO items (order_id, price) VALUES (n.id, o.total); END
