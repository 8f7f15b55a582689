-- CLONE has the rows, LIKE the shape
CREATE TABLE orders2 CLONE orders; CREATE TABLE items2 LIKE items

-- SWAP
ALTER TABLE orders SWAP WITH items; SELECT quantity FROM orders

-- USE
USE SCHEMA db1.s1; SELECT 1 FROM t; USE SCHEMA s2; SELECT 1 FROM t; USE DATABASE db3; SELECT 1 FROM t

-- a dynamic table
CREATE DYNAMIC TABLE d TARGET_LAG = '1 minute' WAREHOUSE = w AS SELECT id FROM orders
