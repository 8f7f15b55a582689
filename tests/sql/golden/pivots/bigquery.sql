-- two aggregates
SELECT * FROM (SELECT region, name, id FROM customers) PIVOT (COUNT(id) AS n, MAX(name) AS m FOR region IN ('x', 'y'))

-- UNPIVOT
SELECT * FROM items UNPIVOT (v FOR n IN (quantity, price))
