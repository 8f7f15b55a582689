-- multi-table, with conditions
INSERT ALL WHEN price > 1 THEN INTO orders (id) VALUES (product_id) ELSE INTO customers (id, parent_id) SELECT product_id, price FROM items

-- OVERWRITE
INSERT OVERWRITE INTO orders (id, total) SELECT product_id, price FROM items
