-- BY NAME
INSERT INTO orders BY NAME SELECT price AS total FROM items

-- REPLACE WHERE
INSERT INTO orders REPLACE WHERE total > 1 SELECT * FROM orders

-- multi-insert
FROM items INSERT INTO orders (id) SELECT product_id INSERT INTO customers (id) SELECT quantity

-- a folder with a format
INSERT OVERWRITE DIRECTORY '/out' USING parquet OPTIONS ('a' = 'b') SELECT id FROM orders

-- a partition's column that is in the list as well
INSERT INTO TABLE items PARTITION (price) (order_id, quantity, price) SELECT id, total, placed FROM orders
