-- PIVOT
SELECT p.id, p.[x], p.[y] FROM (SELECT id, status, total FROM orders) o PIVOT (SUM(total) FOR status IN ([x], [y])) AS p

-- UNPIVOT
SELECT n, v, id FROM orders UNPIVOT (v FOR n IN (total, customer_id)) AS u
