-- of itself
UPDATE orders SET total = total * 2, status = 'x' WHERE customer_id = 3

-- FROM
UPDATE orders AS o SET total = i.price * i.quantity FROM items i JOIN products p ON p.id = i.product_id WHERE i.order_id = o.id

-- a tuple from a subquery
UPDATE orders SET (total, status) = (SELECT sum(i.price), max(p.name) FROM items i JOIN products p ON p.id = i.product_id WHERE i.order_id = orders.id)

-- a tuple of values
UPDATE orders SET (total, status) = (customer_id, upper(status)), placed = DEFAULT

-- ROW
UPDATE orders SET (total, status) = ROW(id, 'k')

-- a scalar subquery, and WITH
WITH best AS (SELECT order_id, max(price) AS p FROM items GROUP BY order_id)
UPDATE orders SET total = (SELECT b.p FROM best b WHERE b.order_id = orders.id)

-- RETURNING
UPDATE orders SET total = 1 WHERE id = 2 RETURNING id, total, status

-- no schema
UPDATE nowhere SET a = b + 1

-- a column that is not there
UPDATE orders SET colour = 1

-- DELETE … USING
DELETE FROM orders o USING customers c WHERE c.id = o.customer_id AND c.region = 'x'

-- DELETE with a subquery
DELETE FROM orders WHERE id IN (SELECT order_id FROM items WHERE price > 1) RETURNING id

-- an element of an array
UPDATE products SET tags[1] = name
