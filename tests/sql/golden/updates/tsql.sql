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

-- DELETE through a query of WITH: the rows of its one table go
WITH dup AS (SELECT id, ROW_NUMBER() OVER (PARTITION BY name ORDER BY id) AS n FROM customers) DELETE FROM dup WHERE n > 1

-- DELETE through a query of two tables
WITH both AS (SELECT c.id, o.total FROM customers c JOIN orders o ON o.customer_id = c.id) DELETE FROM both

-- OUTPUT INTO a table of a schema, before WHERE
DELETE FROM orders OUTPUT deleted.id, deleted.total INTO dbo.gone (id, worth) WHERE status = 'x'

-- the same by an alias, with a join and a hint
DELETE o OUTPUT deleted.id INTO #gone (id) FROM orders o JOIN items i ON i.order_id = o.id WHERE i.price = 0 OPTION (RECOMPILE)

-- OUTPUT INTO of an UPDATE, old and new
UPDATE orders SET total = customer_id OUTPUT inserted.id, deleted.total, inserted.total INTO [Old Db].dbo.[All Changes] (id, was, now) WHERE id = 1

-- OUTPUT of what was changed through a query of WITH
WITH c AS (SELECT total AS t, id FROM orders) UPDATE c SET t = id OUTPUT inserted.t, deleted.t INTO dbo.log (now, was)

-- OUTPUT INTO of an INSERT, and rows for the client besides
INSERT INTO orders (id, total) OUTPUT inserted.id, inserted.total INTO dbo.log (id, t) OUTPUT inserted.id SELECT order_id, price FROM items
