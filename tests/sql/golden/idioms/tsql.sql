-- brackets and double quotes quote; case does not matter
SELECT [ID], "Total" FROM [Orders]

-- outputs named with =
SELECT twice = total * 2, id FROM orders

-- TOP WITH TIES, CROSS APPLY, OUTER APPLY
SELECT TOP (3) WITH TIES c.name, x.total FROM customers c CROSS APPLY (SELECT TOP 1 o.total FROM orders o WHERE o.customer_id = c.id ORDER BY o.placed) x ORDER BY c.name

-- table hints
SELECT o.id FROM orders AS o WITH (NOLOCK, INDEX(1)) OPTION (MAXDOP 1)

-- a temporary table
SELECT id, total INTO #big FROM orders; INSERT INTO kept (id, amount) SELECT id, total FROM #big; DROP TABLE #big

-- a table variable
DECLARE @t TABLE (id int, amount money); INSERT INTO @t SELECT id, total FROM orders; SELECT amount FROM @t

-- OUTPUT into a table
DELETE FROM orders OUTPUT deleted.id, deleted.total INTO archive (id, amount) WHERE status = 'old'

-- UPDATE with OUTPUT into a table
UPDATE orders SET status = 'x' OUTPUT deleted.id, inserted.status INTO archive (id, state) WHERE total > 1

-- UPDATE through an alias
UPDATE o SET o.status = c.region FROM orders AS o INNER JOIN customers c ON c.id = o.customer_id

-- FOR XML and STUFF, the old way to join strings
SELECT c.id, STUFF((SELECT ',' + o.status FROM orders o WHERE o.customer_id = c.id FOR XML PATH('')), 1, 1, '') AS states FROM customers c

-- OPENJSON with a shape
SELECT e.at, j.who FROM events e CROSS APPLY OPENJSON(e.payload) WITH (who nvarchar(20) '$.user') j

-- names of three and four parts, and one left out
SELECT a.id FROM sales.dbo.orders a JOIN archive..orders b ON a.id = b.id JOIN far.sales.dbo.items c ON c.order_id = a.id

-- a value is given to a variable
DECLARE @n int; SELECT @n = max(id) FROM orders; SELECT id FROM customers WHERE id > @n

-- GO, and the database of the session
USE shop
GO
SELECT id FROM dbo.nowhere
GO

-- IIF, TRY_CAST, STRING_AGG, AT TIME ZONE
SELECT IIF(total > 1, status, 'x') AS s, TRY_CAST(total AS int) AS t, placed AT TIME ZONE 'UTC' AS at FROM orders

-- a MERGE with OUTPUT
MERGE customers AS t USING products AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET t.name = s.name WHEN NOT MATCHED BY TARGET THEN INSERT (id, name) VALUES (s.id, s.name) OUTPUT $action, inserted.id;

-- a read of the past
SELECT id, total FROM orders FOR SYSTEM_TIME AS OF '2024-01-01'

-- a view with its options
CREATE OR ALTER VIEW dbo.v (a, b) WITH SCHEMABINDING, VIEW_METADATA AS SELECT id, total FROM dbo.orders WITH CHECK OPTION

-- ROLLUP in the old way
SELECT status, sum(total) AS spent FROM orders GROUP BY status WITH ROLLUP

-- files and other servers in FROM
SELECT r.a, r.b FROM OPENROWSET(BULK 'https://x/*.csv', FORMAT = 'CSV') WITH (a int 1, b varchar(10) 2) AS r; SELECT * FROM OPENQUERY(linked, 'SELECT id FROM orders') q

-- places of columns in COPY INTO; a table that goes to another schema; a hint behind MERGE
COPY INTO dbo.t (a DEFAULT 'x' 1, b 2) FROM 'https://x/f.csv' WITH (FILE_TYPE = 'CSV'); ALTER SCHEMA archive TRANSFER dbo.t; MERGE orders t USING items s ON t.id = s.order_id WHEN MATCHED THEN UPDATE SET total = s.price OPTION (LOOP JOIN);

-- what moves no data
UPDATE STATISTICS orders; BACKUP LOG x TO DISK = 'z'; DENY INSERT ON orders TO x
