-- LATERAL VIEW
SELECT p.id, t, k, v FROM products p LATERAL VIEW EXPLODE(tags) x AS t LATERAL VIEW OUTER EXPLODE(attrs) y AS k, v

-- POSEXPLODE
SELECT i, t FROM products LATERAL VIEW POSEXPLODE(tags) x AS i, t

-- explode in SELECT
SELECT id, explode(tags) AS t FROM products
