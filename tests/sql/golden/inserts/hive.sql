-- FROM … INSERT … INSERT
FROM items INSERT OVERWRITE TABLE orders SELECT product_id, order_id INSERT INTO TABLE customers SELECT quantity WHERE price > 1

-- static and dynamic partitions
INSERT OVERWRITE TABLE events PARTITION (payload = 'x', kind) SELECT placed, status FROM orders

-- from a subquery
FROM (SELECT product_id AS p, price AS q FROM items WHERE quantity > 0) s INSERT INTO TABLE orders SELECT p, q

-- a folder
INSERT OVERWRITE DIRECTORY '/out' SELECT id, total FROM orders

-- several inserts from a join with a query
FROM (SELECT id, customer_id FROM orders) o JOIN customers c ON o.customer_id = c.id INSERT INTO TABLE a (x) SELECT c.name WHERE c.region = 'x' INSERT INTO TABLE b (y) SELECT o.id

-- LOAD replaces the rows of a partition, not all
LOAD DATA INPATH '/in/x' OVERWRITE INTO TABLE orders PARTITION (placed = '1')
