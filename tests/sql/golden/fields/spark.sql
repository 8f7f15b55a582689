-- a struct, a map, JSON
SELECT payload.a.b AS x, attrs['k'] AS y, get_json_object(e.payload, '$.c') AS z FROM events e, products
