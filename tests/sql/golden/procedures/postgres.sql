-- variables, branches, loops, handlers
CREATE OR REPLACE PROCEDURE load(p_since date, INOUT done int DEFAULT 0) LANGUAGE plpgsql AS $$
DECLARE
  v_last orders.id%TYPE;
  v_row orders%ROWTYPE;
  r record;
  c CURSOR (k int) FOR SELECT id, name FROM customers WHERE id > k;
BEGIN
  SELECT max(id) INTO STRICT v_last FROM orders WHERE placed > p_since;
  SELECT * INTO v_row FROM orders LIMIT 1;
  IF v_last IS NULL THEN
    INSERT INTO report (a) VALUES (v_row.total);
  ELSIF v_last > 10 THEN
    UPDATE customers SET name = v_row.status WHERE id = v_last;
  ELSE
    v_last := v_last + 1;
  END IF;
  FOR r IN SELECT order_id, price FROM items WHERE quantity > 1 LOOP
    INSERT INTO report (a, b) VALUES (r.order_id, r.price * 2);
  END LOOP;
  FOR i IN 1..10 LOOP
    INSERT INTO report (a) VALUES (i);
  END LOOP;
  OPEN c(5);
  LOOP
    FETCH c INTO r;
    EXIT WHEN NOT FOUND;
    INSERT INTO report (a, b) VALUES (r.id, r.name);
  END LOOP;
  CLOSE c;
  done := v_last;
  INSERT INTO report (done) VALUES (done);
EXCEPTION
  WHEN unique_violation OR others THEN
    RAISE NOTICE 'it is %', SQLERRM;
    INSERT INTO log (message) VALUES (v_row.status);
END
$$;
SELECT name FROM customers;

-- a function that gives rows
CREATE FUNCTION best(n int) RETURNS TABLE (id int, amount numeric) AS $body$
BEGIN
  RETURN QUERY SELECT o.id, o.total FROM orders o LIMIT n;
  RETURN QUERY EXECUTE 'SELECT id, total FROM orders';
  FOR id, amount IN SELECT customer_id, total FROM orders LOOP
    RETURN NEXT;
  END LOOP;
END $body$ LANGUAGE plpgsql STABLE;

-- functions in SQL: quoted, in dollar quotes, and without
CREATE FUNCTION a(i int) RETURNS SETOF text LANGUAGE sql AS 'SELECT name FROM customers WHERE region = ''x'' AND id = $1; SELECT email FROM customers';
CREATE FUNCTION b(int) RETURNS void AS $$ INSERT INTO report (a) SELECT id FROM orders WHERE id = $1 $$ LANGUAGE SQL;
CREATE FUNCTION c(i int) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT max(id) FROM orders; END;
CREATE FUNCTION d(i int) RETURNS bigint LANGUAGE sql RETURN (SELECT max(id) FROM orders WHERE id < i);

-- a trigger's rows are those of the table it watches
CREATE FUNCTION audit() RETURNS trigger AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO log (id, was) VALUES (OLD.id, OLD.status);
    RETURN OLD;
  END IF;
  NEW.total := NEW.total * 2;
  SELECT name INTO NEW.status FROM customers WHERE id = NEW.customer_id;
  INSERT INTO log (id, now) SELECT NEW.id, NEW.status;
  INSERT INTO log VALUES (NEW.*);
  RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER t BEFORE INSERT OR UPDATE OF total ON orders FOR EACH ROW EXECUTE FUNCTION audit();

-- one whose table nobody names
CREATE FUNCTION audit() RETURNS trigger AS $$ BEGIN INSERT INTO log (id) VALUES (NEW.id); RETURN NEW; END $$ LANGUAGE plpgsql;

-- rows of a statement's change
CREATE FUNCTION audit() RETURNS trigger AS $$ BEGIN
  INSERT INTO log (id, now) SELECT n.id, n.status FROM fresh AS n;
  RETURN NULL; END $$ LANGUAGE plpgsql;
CREATE TRIGGER t AFTER UPDATE ON orders REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit();

-- names that are both a column and a variable: the column's, unless it is only a variable's
CREATE FUNCTION f() RETURNS void AS $$
#variable_conflict use_column
DECLARE total int; other int;
BEGIN
  other := 1;
  INSERT INTO report (a, b) SELECT total, other FROM orders;
END $$ LANGUAGE plpgsql;

-- RETURNING and several at once
CREATE FUNCTION f() RETURNS void AS $$
DECLARE i int; t int; rows orders[];
BEGIN
  INSERT INTO orders (customer_id) SELECT id FROM customers RETURNING id, total INTO i, t;
  UPDATE report SET a = i, b = t;
  PERFORM count(*) FROM items WHERE order_id = i;
  GET DIAGNOSTICS i = ROW_COUNT;
  <<outer>>
  WHILE i < (SELECT count(id) FROM products) LOOP
    DELETE FROM items WHERE order_id = t;
    CONTINUE outer WHEN i > 2;
  END LOOP outer;
  CASE t WHEN 1 THEN INSERT INTO report (a) VALUES (t); ELSE NULL; END CASE;
END $$ LANGUAGE plpgsql;

-- a body in another language
CREATE FUNCTION f() RETURNS void AS $$ plpy.execute("SELECT 1; SELECT 2") $$ LANGUAGE plpython3u;
SELECT id FROM orders;

-- a body that is broken, and what comes behind
CREATE FUNCTION f() RETURNS void AS $$ BEGIN IF x THEN INSERT INTO report (a) SELECT id FROM orders; $$ LANGUAGE plpgsql;
SELECT id FROM orders;

-- a longer one
CREATE OR REPLACE FUNCTION etl.load_all(p_day date) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
  rec RECORD;
  cur refcursor;
  v_sql text;
  v_id int; v_total numeric;
  arr int[];
BEGIN
  FOR rec IN (SELECT id, total FROM orders) LOOP
    v_total := COALESCE(rec.total, 0) + v_total;
    IF rec.id IN (SELECT order_id FROM items) THEN
      INSERT INTO report AS r (a, b) VALUES (rec.id, v_total) ON CONFLICT (a) DO UPDATE SET b = EXCLUDED.b;
    END IF;
  END LOOP;
  OPEN cur FOR SELECT id, total FROM orders WHERE placed = p_day;
  LOOP
    FETCH NEXT FROM cur INTO v_id, v_total;
    EXIT WHEN NOT FOUND;
    INSERT INTO report (a, b) VALUES (v_id, v_total);
  END LOOP;
  SELECT array_agg(id) INTO arr FROM customers;
  FOREACH v_id IN ARRAY arr LOOP
    INSERT INTO report (a) VALUES (v_id);
  END LOOP;
  WITH moved AS (DELETE FROM items WHERE price > 1 RETURNING order_id, price)
  INSERT INTO report (a, b) SELECT order_id, price FROM moved;
  CREATE TEMP TABLE t1 ON COMMIT DROP AS SELECT id FROM orders;
  INSERT INTO report(a) SELECT id FROM t1;
  DROP TABLE t1;
  v_sql := 'INSERT INTO report(a) ';
  v_sql := v_sql || 'SELECT id FROM customers';
  EXECUTE v_sql;
  SELECT INTO v_id id FROM customers;
  UPDATE orders SET total = v_total WHERE CURRENT OF cur;
  RETURN;
END;
$fn$;
SELECT etl.load_all(current_date);
CALL etl.other();

-- another one
create or replace procedure p() language plpgsql as $$
declare
  r record; v text; i int; t_name text := 'report';
begin
  if exists (select 1 from customers) then
    for r in select * from orders loop
      if r.status = 'x' then v := r.status; else v := 'none'; end if;
      begin
        insert into report (a, b) values (r.id, v);
      exception when others then
        get stacked diagnostics v = message_text;
        insert into log (m) values (v);
      end;
    end loop;
  end if;
  insert into report (a) select o.id from orders o where o.id = any (array(select id from customers));
  for i in select id from customers loop
    perform f(i);
  end loop;
  execute format('insert into %I.%I select * from %s', 'etl', t_name, 'orders');
  execute 'select count(*) from ' || t_name || ' where a = $1' into i using v;
  copy report to '/tmp/x.csv';
  case when v = 'a' then update report set a = 1; else insert into report (a) select id from products; end case;
  commit;
  call other(v);
  assert i > 0;
  return;
end $$;
