-- ARRAY JOIN
SELECT id, t, a FROM products ARRAY JOIN tags AS t, attrs AS a

-- ARRAY JOIN without an alias
SELECT id, tags FROM products ARRAY JOIN tags

-- arrayJoin
SELECT arrayJoin(tags) AS t FROM products
