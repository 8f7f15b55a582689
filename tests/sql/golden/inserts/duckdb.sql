-- BY NAME
INSERT INTO orders BY NAME SELECT price AS total, product_id AS id FROM items

-- BY NAME with a column that is not there
INSERT INTO orders BY NAME SELECT price AS cost FROM items

-- OR REPLACE
INSERT OR REPLACE INTO orders SELECT id, parent_id, name, region, 1 FROM customers

-- RETURNING all
INSERT INTO items SELECT id, customer_id, 1, total FROM orders RETURNING *
