-- fields of a struct
SELECT payload.user.id, e.payload.kind AS k, payload FROM events e

-- a field of an element
SELECT tags[OFFSET(0)].name AS n FROM products

-- a struct that is made here
SELECT s.x AS a FROM (SELECT STRUCT(id AS x, total AS y) AS s FROM orders)

-- JSON
SELECT JSON_VALUE(payload, '$.a.b') AS b FROM events
