-- sp_rename
EXEC sp_rename 'orders', 'bills'; SELECT total FROM bills

-- sp_rename of a column
EXEC sp_rename 'orders.total', 'worth', 'COLUMN'; SELECT worth FROM orders

-- SWITCH
ALTER TABLE orders SWITCH TO orders

-- any other procedure
EXEC fill_orders 1
