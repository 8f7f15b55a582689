-- PL/vSQL: PERFORM runs statements, <- wants a value, QUERY is looped over
CREATE OR REPLACE PROCEDURE load(x INT) LANGUAGE PLvSQL AS $$
DECLARE v INT;
BEGIN
  v := SELECT MAX(id) FROM orders;
  PERFORM INSERT INTO items (order_id) VALUES (v);
  v <- MAX(price) FROM items;
  PERFORM INSERT INTO items (price) VALUES (v);
  FOR a, b IN QUERY SELECT id, name FROM customers LOOP
    PERFORM INSERT INTO products (id, name) VALUES (a, b);
  END LOOP;
  EXECUTE 'INSERT INTO events (kind) SELECT name FROM customers';
END $$;
