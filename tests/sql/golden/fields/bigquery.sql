-- fields of a struct
SELECT payload.user.id, e.payload.kind AS k, payload FROM events e

-- a field of an element
SELECT tags[OFFSET(0)].name AS n FROM products

-- a struct that is made here
SELECT s.x AS a FROM (SELECT STRUCT(id AS x, total AS y) AS s FROM orders)

-- JSON
SELECT JSON_VALUE(payload, '$.a.b') AS b FROM events

-- an array of structs that is made here, an element of it by name
SELECT x.id FROM (SELECT ARRAY_AGG(STRUCT(id, total AS worth) ORDER BY placed) AS items FROM orders) s, UNNEST(s.items) AS x

-- its fields without an alias, and all of them
SELECT worth FROM UNNEST(ARRAY(SELECT AS STRUCT id, total AS worth FROM orders WHERE status = 'paid'))

-- rows as values
SELECT o.total AS last FROM (SELECT customer_id, ARRAY_AGG(o ORDER BY o.id DESC LIMIT 1)[OFFSET(0)] AS o FROM orders o GROUP BY customer_id)

-- one struct or another
SELECT s.who FROM (SELECT IF(status = 'paid', STRUCT(id AS what, customer_id AS who), STRUCT(0 AS what, 7 AS who)) AS s FROM orders)

-- a query as a struct
SELECT (SELECT AS STRUCT id, total FROM orders WHERE id = 1).total AS t

-- a union of structs
SELECT s.a FROM (SELECT STRUCT(id AS a, total AS b) AS s FROM orders UNION ALL SELECT STRUCT(id AS a, name AS b) FROM customers)

-- a struct as the row
SELECT x, y FROM (SELECT AS VALUE STRUCT(id AS x, total AS y) FROM orders)

-- structs within structs of a union, and an array of which one element is not known
SELECT s.a.x FROM (SELECT STRUCT(STRUCT(id AS x, total AS y) AS a) AS s FROM orders UNION ALL SELECT STRUCT(STRUCT(id AS x, name AS y) AS a) FROM customers);
SELECT v.x FROM (SELECT [STRUCT(id AS x), made(total)] AS l FROM orders) q, UNNEST(q.l) AS v
