-- whole rows of a trigger
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO kept VALUES (NEW.*);
  INSERT INTO orders VALUES (OLD.*);
  INSERT INTO events SELECT (NEW).placed, TG_OP, TG_TABLE_NAME;
  INSERT INTO items SELECT (OLD).*;
  RETURN NEW;
EXCEPTION WHEN OTHERS THEN
  INSERT INTO events (kind, payload) VALUES (SQLSTATE, SQLERRM);
  RETURN NULL;
END $$;
CREATE TRIGGER audits AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION audit();

-- whole rows of a loop
DO $$
DECLARE
  r record;
  v orders%ROWTYPE;
BEGIN
  FOR r IN SELECT * FROM orders LOOP
    INSERT INTO orders VALUES (r.*);
    v := r;
    INSERT INTO items (order_id, price) SELECT (v).id, (v).total;
  END LOOP;
END $$;

-- whole rows of a table that nobody knows
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO orders VALUES (NEW.*); RETURN NEW; END $$;
CREATE TRIGGER audits AFTER INSERT ON unknown_table FOR EACH ROW EXECUTE FUNCTION audit();
