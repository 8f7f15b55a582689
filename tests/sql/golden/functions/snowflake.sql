-- LATERAL FLATTEN
SELECT o.id, f.value:name::string AS n, f.index FROM orders o, LATERAL FLATTEN(input => o.status:items) f

-- TABLE(FLATTEN)
SELECT f.value FROM events e, TABLE(FLATTEN(e.payload)) f

-- a generator
SELECT seq4() FROM TABLE(GENERATOR(rowcount => 3))
