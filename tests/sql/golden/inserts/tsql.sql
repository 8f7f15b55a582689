-- OUTPUT to the caller
INSERT INTO orders (id, total) OUTPUT inserted.id, inserted.total SELECT product_id, price FROM items

-- OUTPUT INTO a table
INSERT INTO orders (id, total) OUTPUT inserted.id INTO events (kind) SELECT product_id, price FROM items

-- a procedure's rows
INSERT INTO orders EXEC get_orders

-- SELECT INTO
SELECT id, total * 2 AS twice INTO copies FROM orders

-- SELECT INTO a temporary table, then from it
SELECT id, total INTO #t FROM orders; INSERT INTO items (order_id, price) SELECT id, total FROM #t

-- into another server
INSERT INTO OPENQUERY(far, 'SELECT a FROM t') SELECT id FROM orders
