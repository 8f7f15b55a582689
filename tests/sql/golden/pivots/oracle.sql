-- aliases
SELECT x_s, id FROM (SELECT id, status, total FROM orders) PIVOT (SUM(total) AS s FOR status IN ('x' AS x, 'y' AS y))
