-- parameters, variables, branches
CREATE OR ALTER PROCEDURE dbo.[load] @since date = NULL, @n int OUTPUT, @ids dbo.ids READONLY
WITH EXECUTE AS OWNER
AS
BEGIN
  SET NOCOUNT ON;
  DECLARE @last int = (SELECT MAX(id) FROM orders WHERE placed > @since)
  SELECT @n = COUNT(order_id) FROM items
  IF @last IS NULL
    RETURN 1
  ELSE IF @last > 10 BEGIN
    UPDATE o SET o.total = @last FROM orders AS o JOIN customers c ON c.id = o.customer_id
  END
  INSERT INTO report (a, b) SELECT i.id, @n FROM @ids AS i
  INSERT INTO report (a) OUTPUT inserted.a INTO log (message) SELECT id FROM orders
  MERGE INTO customers AS t USING orders AS s ON t.id = s.customer_id
  WHEN MATCHED THEN UPDATE SET name = s.status
  WHEN NOT MATCHED THEN INSERT (id) VALUES (s.customer_id);
  SELECT name FROM customers
END
GO
SELECT id FROM orders

-- without BEGIN: all of the batch
CREATE PROC p AS
INSERT INTO report (a) SELECT id FROM orders
UPDATE report SET a = 1
GO
SELECT id FROM orders

-- functions: of rows, of many statements, of a value
CREATE FUNCTION f(@i int) RETURNS TABLE AS RETURN (SELECT id, total FROM orders WHERE id = @i)
GO
CREATE FUNCTION g(@i int) RETURNS @r TABLE (id int, amount money) AS
BEGIN
  INSERT INTO @r (id, amount) SELECT id, total FROM orders WHERE id = @i
  RETURN
END
GO
CREATE FUNCTION h(@i int) RETURNS int AS BEGIN DECLARE @r int; SELECT @r = MAX(id) FROM orders; RETURN @r END

-- a trigger
CREATE TRIGGER t ON orders AFTER INSERT, UPDATE AS
BEGIN
  INSERT INTO log (id, now, was) SELECT i.id, i.status, d.status FROM inserted i LEFT JOIN deleted d ON d.id = i.id
  UPDATE customers SET name = i.status FROM customers c JOIN inserted i ON i.customer_id = c.id
END

-- a cursor in a variable, loops, GOTO, transactions
CREATE PROCEDURE p AS
DECLARE @c CURSOR, @id int
SET @c = CURSOR FOR SELECT id FROM orders
OPEN @c
FETCH NEXT FROM @c INTO @id
WHILE (@@FETCH_STATUS = 0)
BEGIN
  BEGIN TRAN
  IF EXISTS (SELECT * FROM items WHERE order_id = @id) UPDATE report SET a = @id ELSE INSERT report (a) VALUES (@id)
  COMMIT TRAN
  FETCH NEXT FROM @c INTO @id
END
done: RETURN

-- a longer one
USE shop
GO
SET ANSI_NULLS ON
GO
CREATE PROCEDURE dbo.p (@from date, @to date = '2020-01-01')
AS
SET NOCOUNT ON
DECLARE @i int = 0, @n varchar(10)
DECLARE @t TABLE (id int)
IF OBJECT_ID('tempdb..#x') IS NOT NULL DROP TABLE #x
CREATE TABLE #x (id int NOT NULL, v money DEFAULT (0))
INSERT #x (id, v)
SELECT o.id, o.total FROM dbo.orders o WITH (NOLOCK) WHERE o.placed BETWEEN @from AND @to
;WITH c AS (SELECT id, v, ROW_NUMBER() OVER (ORDER BY v DESC) AS rn FROM #x)
DELETE FROM c WHERE rn > 1
WHILE @i < 10
BEGIN
    SELECT TOP 1 @n = name, @i = id FROM dbo.customers ORDER BY id
    UPDATE t SET v = t.v + @i FROM #x t
    SET @i = @i + 1
    IF @i = 5 BREAK
    CONTINUE
END
BEGIN TRY
    BEGIN TRANSACTION
    INSERT INTO dbo.report (a, b, c) SELECT id, v, @n FROM #x
    EXEC dbo.other @i, @n OUTPUT
    COMMIT
END TRY
BEGIN CATCH
    IF @@TRANCOUNT > 0 ROLLBACK
    DECLARE @m nvarchar(4000) = ERROR_MESSAGE()
    RAISERROR(@m, 16, 1)
    THROW
END CATCH
SELECT id INTO dbo.made FROM #x UNION ALL SELECT id FROM @t
INSERT INTO dbo.report (a) EXEC dbo.more
RETURN 0
GO
GRANT EXECUTE ON dbo.p TO bob
GO
EXEC dbo.p '2020', '2021'
GO
CREATE VIEW dbo.v AS SELECT id FROM dbo.orders
GO

-- a third one
CREATE PROC dbo.q @mode int AS
BEGIN
  IF @mode = 1
    WITH c AS (SELECT id FROM orders) INSERT INTO report (a) SELECT id FROM c
  ELSE IF @mode = 2
    UPDATE report SET a = o.id FROM report r INNER JOIN orders o ON o.id = r.a OPTION (RECOMPILE)
  DECLARE @sql nvarchar(max) = N'', @cols nvarchar(max)
  SELECT @cols = COALESCE(@cols + ',', '') + name FROM customers
  SET @sql = N'SELECT ' + @cols + N' FROM orders'
  EXEC sp_executesql @sql
  DECLARE @list TABLE (id int, n varchar(10))
  INSERT @list SELECT id, name FROM customers
  SELECT l.id, l.n INTO #out FROM @list l
  MERGE dbo.report AS t USING (SELECT id, n FROM #out) AS s (id, n) ON t.a = s.id
    WHEN MATCHED THEN UPDATE SET t.b = s.n
    WHEN NOT MATCHED BY SOURCE THEN DELETE
    OUTPUT $action, inserted.a INTO audit;
  BULK INSERT stage FROM 'c:\x.csv' WITH (FORMAT = 'CSV')
  SELECT a.id, (SELECT MAX(price) FROM items i WHERE i.order_id = a.id) AS p FROM orders a FOR XML PATH('')
  WAITFOR DELAY '00:00:05'
  DROP TABLE IF EXISTS #out
  GRANT SELECT ON dbo.report TO bob
  SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED
  SET @mode = CASE WHEN @mode = 1 THEN 2 ELSE 3 END
  PRINT 'done ' + CAST(@mode AS varchar(10))
  RETURN @mode
END
GO
SELECT id FROM orders ORDER BY id OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY
ALTER TABLE orders ADD x int
CREATE INDEX i ON orders (x)
SELECT x FROM orders
GRANT SELECT, INSERT ON orders TO bob
SELECT name FROM customers
ALTER TABLE orders DROP COLUMN x
DROP TABLE items
ALTER TABLE customers ALTER COLUMN name varchar(10)
GO
CREATE VIEW v AS WITH c AS (SELECT id FROM orders) SELECT id FROM c
GO

-- RETURN without a value ends before the next statement; DELETE without FROM; statistics
CREATE PROC guarded AS
IF @@ERROR <> 0 RETURN
DELETE orders WHERE id = 3
IF @@ROWCOUNT = 0
BEGIN
  RETURN
END
ELSE
  INSERT events (kind) SELECT name FROM customers
DELETE items
UPDATE STATISTICS items
TRUNCATE TABLE products
RETURN 0
