-- sp_executesql, EXEC of text
DECLARE @tab sysname = 'report', @q nvarchar(max)
SET @q = N'INSERT INTO ' + QUOTENAME(@tab) + N' (a) SELECT id FROM orders WHERE id = @i'
EXEC sp_executesql @q, N'@i int', @i = 5
EXEC sys.sp_executesql N'SELECT name FROM customers'
EXECUTE ('DELETE FROM ' + @tab + ' WHERE a IS NULL')
EXEC (@q)
SET @q += ' AND 1 = 1'
EXEC sp_executesql @stmt = @q

-- what nobody can tell
CREATE PROCEDURE p @tab sysname AS
DECLARE @q nvarchar(max) = 'DROP TABLE ' + @tab
EXEC (@q)
EXEC @tab

-- values that come in and go out
DECLARE @n int, @m int = (SELECT MAX(order_id) FROM items)
EXEC sp_executesql N'SELECT @n = MAX(id) FROM orders', N'@n int OUTPUT', @n = @n OUTPUT
EXEC sp_executesql N'INSERT INTO report (a) VALUES (@v)', N'@v int', @m
INSERT INTO report (n) VALUES (@n)

-- a day that is not known, put between quotes
CREATE PROCEDURE dbo.load @day date, @from sysname AS
BEGIN
  DECLARE @sql nvarchar(max) = N'INSERT INTO report (a) SELECT id FROM orders WHERE placed >= ''' + CONVERT(varchar(10), @day, 112) + N'''';
  SET @sql = @sql + N' AND total > 0';
  EXEC sp_executesql @sql;
  SET @sql = N'INSERT INTO report (a) SELECT id FROM ' + QUOTENAME(@from);
  EXEC (@sql);
END
