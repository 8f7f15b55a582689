-- functions one after the other
SELECT total.round(2) AS r, c.name.upper().trim() AS n, main.twice(o.id) AS t FROM orders o, customers c

-- a list made of a list
SELECT [x + 1 for x in tags if x > id] AS l, [name for name in tags] AS m FROM products

-- a table that is named by a string
SELECT id FROM query_table('orders') WHERE total > 1
