-- a row that names its fields
SELECT w.y FROM (SELECT CAST(ROW(id, total) AS ROW(x INTEGER, y DOUBLE)) AS w FROM orders)

-- an array of rows, side by side
SELECT p, q FROM (SELECT array_agg(CAST(ROW(id, total) AS ROW(x INTEGER, y DOUBLE))) AS z FROM orders) s CROSS JOIN UNNEST(s.z) AS u(p, q)
