-- a package's cursors and variables are seen in its procedures
CREATE OR REPLACE PACKAGE BODY sales AS
  g_spent NUMBER := 0;
  CURSOR c_orders (p_id NUMBER) IS SELECT id, total FROM orders WHERE customer_id = p_id;
  PROCEDURE load IS
    v_id NUMBER;
  BEGIN
    FOR r IN c_orders(5) LOOP
      g_spent := g_spent + r.total;
      UPDATE customers SET email = g_spent WHERE id = 5;
    END LOOP;
    OPEN c_orders(3);
    FETCH c_orders INTO v_id, g_spent;
    CLOSE c_orders;
    INSERT INTO events (kind) VALUES (v_id);
  EXCEPTION WHEN OTHERS THEN
    INSERT INTO events (kind, payload) VALUES (SQLCODE, SQLERRM || DBMS_UTILITY.FORMAT_ERROR_BACKTRACE);
  END;
END sales;
/

-- records as rows
DECLARE
  r orders%ROWTYPE;
  TYPE t_orders IS TABLE OF orders%ROWTYPE;
  l t_orders;
BEGIN
  SELECT * INTO r FROM orders;
  INSERT INTO orders VALUES r;
  UPDATE orders SET ROW = r WHERE id = r.id;
  SELECT * BULK COLLECT INTO l FROM orders;
  FORALL i IN 1 .. l.COUNT INSERT INTO orders VALUES l(i);
  FOR x IN (SELECT o.placed, c.name FROM orders o, customers c) LOOP INSERT INTO events (at, kind) VALUES x; END LOOP;
END;
/

-- a trigger that calls its rows otherwise
CREATE OR REPLACE TRIGGER priced BEFORE INSERT OR UPDATE OF total ON orders
REFERENCING NEW AS n OLD AS o FOR EACH ROW WHEN (n.total > 0)
DECLARE
  v NUMBER;
BEGIN
  SELECT MAX(price) INTO v FROM items WHERE order_id = :n.id;
  :n.total := v;
  INSERT INTO events (kind, payload) VALUES (:o.id, seq_events.NEXTVAL);
END;
/
