-- OPENJSON
SELECT j.a, j.b FROM events e CROSS APPLY OPENJSON(e.payload) WITH (a INT '$.a.x', b NVARCHAR(10)) AS j

-- STRING_SPLIT
SELECT o.id, s.value FROM orders o CROSS APPLY STRING_SPLIT(o.status, ',') s

-- APPLY a query
SELECT c.name, x.total FROM customers c OUTER APPLY (SELECT TOP 1 total FROM orders o WHERE o.customer_id = c.id ORDER BY placed) x

-- methods of XML
SELECT x.value('(a/b)[1]', 'int') AS v, t.x.query('.') AS q, attrs.exist('/a') AS e, dbo.fn(p.id) AS f FROM products p CROSS APPLY attrs.nodes('/r') AS t(x)
