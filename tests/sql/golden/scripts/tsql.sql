-- batches: GO ends a statement, a variable ends with its batch
DECLARE @since date = '2020-01-01'
SELECT id, total INTO #kept FROM orders WHERE placed > @since
GO
INSERT INTO report (order_id, amount) SELECT id, total FROM #kept
GO 2
DROP TABLE #kept
go

-- GO within quotes, comments and brackets ends nothing
SELECT 'a
GO
b' AS words, [id] FROM orders /* x
GO
*/ WHERE status = 'go'
GO -- the end
SELECT name FROM customers

-- statements without semicolons
UPDATE orders SET total = 0 WHERE status = 'void'
INSERT INTO report SELECT id FROM orders
SELECT email FROM customers WHERE id IN (SELECT customer_id FROM orders)
DELETE FROM items WHERE order_id IN (SELECT id FROM orders)
;WITH c AS (SELECT id, name FROM customers) INSERT INTO report (a, b) SELECT id, name FROM c
EXEC dbo.rebuild @x = 1
TRUNCATE TABLE report

-- variables, tables among them
DECLARE @best TABLE (id int PRIMARY KEY, amount money, INDEX ix (amount))
DECLARE @last int, @name nvarchar(100) = (SELECT MAX(name) FROM customers)
SELECT @last = MAX(id) FROM orders
SET @last += 1
INSERT INTO @best (id, amount) SELECT TOP 5 id, total FROM orders ORDER BY total DESC
INSERT INTO report (id, amount, last, who) SELECT b.id, b.amount, @last, @name FROM @best AS b

-- branches, loops and handlers
IF EXISTS (SELECT 1 FROM customers WHERE region = 'x')
BEGIN
  INSERT INTO report (a) SELECT id FROM orders
END
ELSE
  INSERT INTO report (a) SELECT parent_id FROM customers
WHILE @@ROWCOUNT > 0 DELETE TOP (1000) FROM events WHERE kind = 'old'
BEGIN TRY
  UPDATE orders SET status = 'done'
END TRY
BEGIN CATCH
  INSERT INTO log (message) SELECT kind FROM events
END CATCH

-- a cursor
DECLARE c CURSOR FAST_FORWARD FOR SELECT id, total FROM orders
DECLARE @id int, @total money
OPEN c
FETCH NEXT FROM c INTO @id, @total
WHILE @@FETCH_STATUS = 0
BEGIN
  INSERT INTO report (id, amount) VALUES (@id, @total * 2)
  FETCH NEXT FROM c INTO @id, @total
END
CLOSE c
DEALLOCATE c

-- what sqlcmd reads itself
:setvar db shop
:r other.sql
SELECT id FROM orders
GO

-- variables of sqlcmd
:setvar tab "customers"
INSERT INTO report (a) SELECT name FROM $(tab) WHERE region = '$(region)'
SELECT id FROM [$(db)].dbo.orders
GO
