-- colons
SELECT payload:user.name::string AS n, e.payload:items[0].id AS i, payload['k'] AS k FROM events e

-- an object that is made here, its keys in their case
SELECT o:worth AS w, o:Worth AS other FROM (SELECT OBJECT_CONSTRUCT('id', id, 'worth', total) AS o FROM orders)

-- objects in an array
SELECT f.value:worth::number AS w FROM (SELECT ARRAY_AGG(OBJECT_CONSTRUCT('id', id, 'worth', total)) WITHIN GROUP (ORDER BY placed) AS os FROM orders) s, LATERAL FLATTEN(input => s.os) f
