-- scripting
DECLARE last, n INT64 DEFAULT 0;
DECLARE since DATE DEFAULT (SELECT MAX(placed) FROM orders);
SET last = (SELECT MAX(id) FROM orders);
SET (last, n) = (SELECT AS STRUCT MAX(id), COUNT(total) FROM orders);
INSERT INTO report (last, n, since) VALUES (last, n, since);
IF n > 10 THEN
  INSERT INTO report (a) SELECT id FROM orders;
ELSEIF n > 5 THEN
  DELETE FROM report WHERE true;
ELSE
  CREATE TEMP TABLE kept AS SELECT name FROM customers;
END IF;
SELECT name FROM kept;

-- loops
FOR r IN (SELECT id, total FROM orders) DO
  INSERT INTO report (a, b) VALUES (r.id, r.total);
END FOR;
WHILE (SELECT COUNT(*) FROM events) > 0 DO
  DELETE FROM events WHERE kind = 'x';
END WHILE;
LOOP
  INSERT INTO report (a) SELECT price FROM items;
  BREAK;
END LOOP;
REPEAT
  INSERT INTO report (a) SELECT quantity FROM items;
UNTIL TRUE END REPEAT;

-- a block with a handler
BEGIN
  INSERT INTO report (a) SELECT id FROM orders;
EXCEPTION WHEN ERROR THEN
  INSERT INTO log (message) SELECT kind FROM events;
END;
BEGIN TRANSACTION;
UPDATE report SET a = 1 WHERE true;
COMMIT TRANSACTION;

-- CASE as a statement and as an expression
CASE (SELECT MAX(status) FROM orders)
  WHEN 'a' THEN INSERT INTO report (a) SELECT CASE WHEN id > 1 THEN total END FROM orders;
  ELSE INSERT INTO report (a) SELECT id FROM customers;
END CASE;

-- quotes of any kind
SELECT '''a; 'b' ''' AS x, r"\d;" AS y, `id` FROM orders; # one; two
SELECT total FROM orders

-- an array of structs in a variable, and a record in a loop
DECLARE items ARRAY<STRUCT<id INT64, worth NUMERIC>>;
DECLARE one STRUCT<id INT64, worth NUMERIC>;
SET items = (SELECT ARRAY_AGG(STRUCT(id, total AS worth)) FROM orders);
SET one = (SELECT AS STRUCT id, total AS worth FROM orders LIMIT 1);
INSERT INTO customers (id, name) SELECT x.id, one.worth FROM UNNEST(items) AS x;
FOR r IN (SELECT STRUCT(id, total AS worth) AS s FROM orders) DO
  INSERT INTO customers (id) VALUES (r.s.worth);
END FOR
