-- EXCHANGE TABLES
EXCHANGE TABLES orders AND items; SELECT quantity FROM orders

-- RENAME
RENAME TABLE orders TO bills; SELECT total FROM bills
