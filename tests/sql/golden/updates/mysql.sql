-- with a join
UPDATE orders o JOIN items i ON i.order_id = o.id SET o.total = i.price WHERE i.quantity > 1

-- of two tables
UPDATE orders o, items i SET o.total = i.price, i.quantity = o.id WHERE i.order_id = o.id

-- without a qualifier
UPDATE orders o JOIN items i ON i.order_id = o.id SET total = price

-- ORDER BY and LIMIT
UPDATE orders SET total = id ORDER BY placed LIMIT 3

-- DELETE of one of the tables
DELETE o FROM orders o JOIN items i ON i.order_id = o.id WHERE i.price > 1

-- DELETE of two
DELETE o, i FROM orders o JOIN items i ON i.order_id = o.id
