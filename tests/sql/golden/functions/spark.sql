-- LATERAL VIEW
SELECT p.id, t, k, v FROM products p LATERAL VIEW EXPLODE(tags) x AS t LATERAL VIEW OUTER EXPLODE(attrs) y AS k, v

-- POSEXPLODE
SELECT i, t FROM products LATERAL VIEW POSEXPLODE(tags) x AS i, t

-- explode in SELECT
SELECT id, explode(tags) AS t FROM products

-- STACK: each value goes to its column
SELECT stack(2, 'q', quantity, 'p', price) AS (what, value), order_id FROM items

-- … in a lateral view, and without names
SELECT what, value FROM items LATERAL VIEW stack(2, 'q', quantity, 'p', price) s AS what, value; SELECT stack(2, quantity, price, order_id) FROM items

-- the number that POSEXPLODE counts
SELECT posexplode(tags), posexplode_outer(attrs) AS (p, k, v) FROM products

-- rows of which nobody knows the fields
SELECT id, inline(tags) FROM products
