-- constants, put together
DO $$
DECLARE
  tab constant text := 'report';
  q text;
BEGIN
  EXECUTE 'INSERT INTO ' || tab || ' (a) SELECT id FROM orders WHERE id = $1' USING 5;
  q := 'SELECT max(id) FROM ' || quote_ident('orders');
  EXECUTE q INTO q;
  EXECUTE format('INSERT INTO %I (a, b) SELECT id, %L FROM %s', tab, 'it''s', 'customers');
  INSERT INTO report (q) VALUES (q);
END $$;

-- what nobody can tell
CREATE PROCEDURE p(tab text) LANGUAGE plpgsql AS $$
DECLARE q text := 'SELECT 1';
BEGIN
  EXECUTE 'DELETE FROM ' || tab;
  IF tab IS NULL THEN q := 'DELETE FROM orders'; END IF;
  EXECUTE q;
  EXECUTE (SELECT name FROM customers);
END $$;

-- the same text in each branch, and values that come in
CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$
DECLARE v int; r record;
BEGIN
  SELECT max(total) INTO v FROM orders;
  EXECUTE 'UPDATE customers SET name = $1 WHERE id = $2' USING v, (SELECT min(order_id) FROM items);
  FOR r IN EXECUTE 'SELECT id, name FROM customers' LOOP
    INSERT INTO report (a, b) VALUES (r.id, r.name);
  END LOOP;
END $$;

-- text that is broken
DO $$ BEGIN EXECUTE 'INSERT INTO SELECT'; EXECUTE 'SELECT ''x'; END $$;
SELECT id FROM orders;
