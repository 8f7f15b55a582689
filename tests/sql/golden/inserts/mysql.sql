-- ON DUPLICATE KEY with VALUES()
INSERT INTO orders (id, total) SELECT product_id, price FROM items ON DUPLICATE KEY UPDATE total = VALUES(total) + total

-- ON DUPLICATE KEY with an alias
INSERT INTO orders (id, total) VALUES (1, 2) AS new ON DUPLICATE KEY UPDATE total = new.total

-- an alias with columns
INSERT INTO orders (id, total) VALUES (1, 2) AS new(a, b) ON DUPLICATE KEY UPDATE total = b + new.a

-- ON DUPLICATE KEY with the source table's column
INSERT INTO orders (id, total) SELECT i.product_id, i.price FROM items i ON DUPLICATE KEY UPDATE total = i.price

-- INSERT … SET
INSERT INTO orders SET id = 1, total = 2

-- REPLACE
REPLACE INTO orders (id, total) SELECT product_id, price FROM items

-- REPLACE without INTO
REPLACE orders (id) VALUES (1)

-- IGNORE
INSERT IGNORE INTO orders (id) SELECT id FROM customers
