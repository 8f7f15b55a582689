-- by position
INSERT INTO orders SELECT id, parent_id, name, region, 0 FROM customers

-- by a list, in another order
INSERT INTO orders (total, id) SELECT price, product_id FROM items

-- fewer values than columns
INSERT INTO orders SELECT id, parent_id FROM customers

-- VALUES with DEFAULT
INSERT INTO orders (id, status) VALUES (1, DEFAULT), (2, 'x')

-- no columns, no schema
INSERT INTO nowhere SELECT id FROM orders

-- a list, no schema
INSERT INTO nowhere (a) SELECT id FROM orders

-- a column that is not there
INSERT INTO orders (id, colour) SELECT id, name FROM customers

-- ON CONFLICT with excluded, the old row, and a condition
INSERT INTO orders AS o (id, total, status) SELECT product_id, price, 'new' FROM items
ON CONFLICT (id) DO UPDATE SET total = o.total + excluded.total, placed = now() WHERE o.status <> excluded.status

-- ON CONFLICT with a row
INSERT INTO orders (id, total) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET (total, status) = (excluded.total, 'x')

-- ON CONFLICT DO NOTHING
INSERT INTO orders (id) SELECT id FROM customers ON CONFLICT DO NOTHING

-- RETURNING to the caller
INSERT INTO orders (id, status) SELECT id, region FROM customers RETURNING id, status AS s, total, upper(status)

-- rows that move: DELETE … RETURNING into an INSERT
WITH moved AS (DELETE FROM orders WHERE status = 'old' RETURNING *)
INSERT INTO customers (id, name) SELECT id, status FROM moved

-- INSERT … RETURNING into a SELECT
WITH made AS (INSERT INTO orders (id, total) SELECT product_id, price FROM items RETURNING id, total)
SELECT m.id, m.total, c.name FROM made m JOIN customers c ON c.id = m.id

-- UPDATE … RETURNING into an INSERT
WITH changed AS (UPDATE orders o SET total = i.price FROM items i WHERE i.order_id = o.id RETURNING o.id, o.total, i.quantity)
INSERT INTO events (at, kind) SELECT total, quantity FROM changed

-- the whole table
INSERT INTO customers TABLE customers

-- DEFAULT VALUES
INSERT INTO orders DEFAULT VALUES

-- the tables of WITH before INSERT
WITH best AS (SELECT customer_id AS who, max(total) AS most FROM orders GROUP BY 1)
INSERT INTO customers (id, parent_id) SELECT who, most FROM best

-- MERGE that gives rows back
WITH m AS (MERGE INTO orders o USING items i ON o.id = i.order_id WHEN MATCHED THEN UPDATE SET total = i.price RETURNING o.id, o.total)
SELECT id, total FROM m
