-- INSERT ALL
INSERT ALL INTO orders (id, total) VALUES (product_id, price) INTO customers (id) VALUES (order_id * 2)
SELECT product_id, price, order_id FROM items

-- INSERT FIRST with conditions
INSERT FIRST WHEN quantity > 10 THEN INTO orders (id, total) VALUES (product_id, price)
WHEN price > 5 THEN INTO customers (id) VALUES (order_id)
ELSE INTO events (kind) VALUES (quantity) SELECT product_id, price, order_id, quantity FROM items

-- without VALUES: by position
INSERT ALL INTO orders (id, total) INTO customers (id, parent_id) SELECT product_id, price FROM items
