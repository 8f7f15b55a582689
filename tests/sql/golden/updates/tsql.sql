-- the target by its alias in FROM
UPDATE o SET o.total = i.price FROM orders o JOIN items i ON i.order_id = o.id

-- the target by its name in FROM
UPDATE orders SET total = i.price FROM orders JOIN items i ON i.order_id = orders.id

-- the target is not in FROM
UPDATE orders SET total = i.price FROM items i WHERE i.order_id = orders.id

-- through a query of WITH
WITH c AS (SELECT total AS t, id FROM orders WHERE status = 'x') UPDATE c SET t = id

-- +=
UPDATE orders SET total += 1, orders.id -= customer_id WHERE id = 1

-- OUTPUT
UPDATE orders SET total = customer_id OUTPUT deleted.total, inserted.total AS now WHERE id = 1

-- DELETE by alias
DELETE o FROM orders o JOIN items i ON i.order_id = o.id
