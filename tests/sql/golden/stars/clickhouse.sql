-- COLUMNS, APPLY
SELECT COLUMNS('.*id'), * EXCEPT (id) FROM orders

-- APPLY
SELECT * APPLY(sum) FROM items

-- an alias hides a column
SELECT total + 1 AS id, id * 2 AS twice FROM orders
