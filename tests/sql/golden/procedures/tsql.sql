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
