-- variables, records, loops, handlers
CREATE OR REPLACE PROCEDURE load (p_since IN DATE, p_n OUT NOCOPY NUMBER) AUTHID CURRENT_USER IS
  v_last orders.id%TYPE := 0;
  v_row orders%ROWTYPE;
  TYPE t_ids IS TABLE OF orders.id%TYPE INDEX BY PLS_INTEGER;
  v_ids t_ids;
  CURSOR c (k NUMBER) IS SELECT id, name FROM customers WHERE id > k;
  PROCEDURE note (m VARCHAR2) IS
  BEGIN
    INSERT INTO log (message) VALUES (m);
  END note;
BEGIN
  SELECT MAX(id) INTO v_last FROM orders WHERE placed > p_since;
  SELECT * INTO v_row FROM orders WHERE ROWNUM = 1;
  IF v_last IS NULL THEN
    INSERT INTO report (a) VALUES (v_row.total);
  ELSIF v_last > 10 THEN
    UPDATE customers SET name = v_row.status WHERE id = v_last;
  END IF;
  FOR r IN (SELECT order_id, price FROM items) LOOP
    INSERT INTO report (a, b) VALUES (r.order_id, r.price * 2);
  END LOOP;
  FOR k IN c(5) LOOP
    INSERT INTO report (a, b) VALUES (k.id, k.name);
  END LOOP;
  SELECT id BULK COLLECT INTO v_ids FROM products;
  FORALL i IN 1 .. v_ids.COUNT
    INSERT INTO report (a) VALUES (v_ids(i));
  INSERT INTO orders (customer_id) VALUES (v_last) RETURNING id INTO v_last;
  note('x');
  p_n := SQL%ROWCOUNT;
  COMMIT;
EXCEPTION
  WHEN NO_DATA_FOUND THEN
    INSERT INTO log (message) VALUES (v_row.status);
  WHEN OTHERS THEN
    ROLLBACK;
    RAISE;
END load;
/
SELECT name FROM customers;

-- a package
CREATE OR REPLACE PACKAGE BODY pkg AS
  g_last NUMBER;
  FUNCTION last_of (p NUMBER) RETURN NUMBER IS
    v NUMBER;
  BEGIN
    SELECT MAX(id) INTO v FROM orders WHERE customer_id = p;
    RETURN v;
  END;
  PROCEDURE fill IS
  BEGIN
    INSERT INTO report (a) SELECT id FROM orders;
  END fill;
BEGIN
  SELECT MAX(id) INTO g_last FROM orders;
END pkg;
/

-- a trigger
CREATE OR REPLACE TRIGGER t BEFORE INSERT OR UPDATE OF total ON orders
REFERENCING NEW AS NEW OLD AS OLD FOR EACH ROW WHEN (NEW.total > 0)
DECLARE
  v VARCHAR2(10);
BEGIN
  SELECT name INTO v FROM customers WHERE id = :NEW.customer_id;
  :NEW.status := v;
  INSERT INTO log (id, was, now) VALUES (:NEW.id, :OLD.status, :NEW.status);
END;
/

-- a cursor that is fetched from, and a reference to one
DECLARE
  TYPE rc IS REF CURSOR;
  v rc;
  CURSOR c IS SELECT id, total FROM orders;
  r c%ROWTYPE;
  a NUMBER;
BEGIN
  OPEN c;
  LOOP
    FETCH c INTO r;
    EXIT WHEN c%NOTFOUND;
    INSERT INTO report (a, b) VALUES (r.id, r.total);
  END LOOP;
  OPEN v FOR SELECT price FROM items;
  FETCH v INTO a;
  INSERT INTO report (a) VALUES (a);
END;
/

-- a longer one
SET SERVEROUTPUT ON SIZE 1000000
ALTER SESSION SET CURRENT_SCHEMA = shop;
CREATE OR REPLACE PACKAGE pkg AS
  PROCEDURE a (x IN NUMBER);
  FUNCTION b RETURN NUMBER;
END pkg;
/
SHOW ERRORS
CREATE OR REPLACE PACKAGE BODY pkg AS
  TYPE rec IS RECORD (id NUMBER, n VARCHAR2(10));
  TYPE tab IS TABLE OF rec;
  l_tab tab;
  e_bad EXCEPTION;
  PRAGMA EXCEPTION_INIT(e_bad, -20001);
  PROCEDURE a (x IN NUMBER) IS
    l_rec rec;
    CURSOR c IS
      SELECT o.id, c.name n FROM orders o JOIN customers c ON c.id = o.customer_id;
  BEGIN
    OPEN c;
    LOOP
      FETCH c BULK COLLECT INTO l_tab LIMIT 100;
      EXIT WHEN l_tab.COUNT = 0;
      FORALL i IN 1 .. l_tab.COUNT SAVE EXCEPTIONS
        INSERT INTO report (a, b) VALUES (l_tab(i).id, l_tab(i).n);
    END LOOP;
    CLOSE c;
    SELECT id, name INTO l_rec.id, l_rec.n FROM customers WHERE id = x;
    INSERT INTO report VALUES l_rec;
    UPDATE report SET a = l_rec.id WHERE b = l_rec.n RETURNING a INTO l_rec.id;
    FOR i IN REVERSE 1..10 LOOP
      DBMS_OUTPUT.PUT_LINE('x;' || i);
      pkg.other(i);
    END LOOP;
    <<again>>
    WHILE l_rec.id > 0 LOOP
      l_rec.id := l_rec.id - 1;
      EXIT again WHEN l_rec.id = 2;
    END LOOP again;
    CASE WHEN x = 1 THEN NULL; ELSE DELETE FROM items WHERE order_id = l_rec.id; END CASE;
    MERGE INTO customers t USING (SELECT customer_id, MAX(total) m FROM orders GROUP BY customer_id) s
    ON (t.id = s.customer_id) WHEN MATCHED THEN UPDATE SET t.name = s.m;
    INSERT ALL INTO report (a) VALUES (id) INTO log (id) VALUES (total) SELECT id, total FROM orders;
  EXCEPTION
    WHEN e_bad THEN RAISE_APPLICATION_ERROR(-20000, 'x');
  END a;
  FUNCTION b RETURN NUMBER IS
  BEGIN
    RETURN 1;
  END;
END pkg;
/
EXEC pkg.a(1)
BEGIN
  pkg.a(2);
END;
/
