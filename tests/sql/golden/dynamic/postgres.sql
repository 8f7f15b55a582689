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

-- values that are not known, in strings and beside operators
CREATE PROCEDURE p(day date, least int, who text, tab text, cols text) LANGUAGE plpgsql AS $$
DECLARE q text;
BEGIN
  EXECUTE format('INSERT INTO report (a) SELECT id FROM orders WHERE placed = %L', day);
  EXECUTE 'INSERT INTO report (a, b) SELECT id, total FROM orders WHERE total > ' || least || ' AND status IN (' || who || ', 1)';
  q := 'DELETE FROM items WHERE quantity < ' || least;
  EXECUTE q;
  q := 'UPDATE customers SET name = ''' || who || ''' WHERE id = 1';
  EXECUTE q;
  EXECUTE 'INSERT INTO report (a) VALUES (' || least || '), (2)';
  EXECUTE 'INSERT INTO ' || tab || ' SELECT id FROM orders';
  EXECUTE 'INSERT INTO report (a) SELECT ' || cols || ' FROM orders';
  EXECUTE 'INSERT INTO report_' || tab || ' (a) SELECT id FROM orders';
  EXECUTE 'INSERT INTO report (a) SELECT id FROM orders ' || cols;
  EXECUTE 'SELECT id FROM orders WHERE id = ' || tab || '.id';
  EXECUTE cols || ' some';
END $$
