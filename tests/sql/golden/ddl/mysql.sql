-- RENAME TABLE, several at once
RENAME TABLE orders TO old_orders, items TO orders; SELECT quantity FROM orders; SELECT total FROM old_orders

-- EXCHANGE PARTITION
ALTER TABLE orders EXCHANGE PARTITION p WITH TABLE orders_2020

-- USE
USE shop; SELECT 1 FROM t

-- a definer
CREATE ALGORITHM=UNDEFINED DEFINER=`a`@`b` SQL SECURITY DEFINER VIEW v AS SELECT id FROM orders
