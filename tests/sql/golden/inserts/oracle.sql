-- INSERT ALL
INSERT ALL INTO orders (id, total) VALUES (product_id, price) INTO customers (id) VALUES (order_id * 2)
SELECT product_id, price, order_id FROM items

-- INSERT FIRST with conditions
INSERT FIRST WHEN quantity > 10 THEN INTO orders (id, total) VALUES (product_id, price)
WHEN price > 5 THEN INTO customers (id) VALUES (order_id)
ELSE INTO events (kind) VALUES (quantity) SELECT product_id, price, order_id, quantity FROM items

-- without VALUES: by position
INSERT ALL INTO orders (id, total) INTO customers (id, parent_id) SELECT product_id, price FROM items

-- every INTO behind a WHEN hangs on it
INSERT ALL
  WHEN total > 100 THEN INTO items (order_id) VALUES (id) INTO products (id) VALUES (id)
  ELSE INTO events (kind) VALUES (id) INTO customers (id) VALUES (id)
SELECT id, total FROM orders

-- a partition is no column
INSERT INTO items PARTITION (p2020) (order_id, price) SELECT id, total FROM orders

-- what a sequence gives is of no table
INSERT INTO events (kind, payload) VALUES (events_seq.NEXTVAL, DBMS_RANDOM.VALUE)
