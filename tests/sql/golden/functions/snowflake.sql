-- LATERAL FLATTEN
SELECT o.id, f.value:name::string AS n, f.index FROM orders o, LATERAL FLATTEN(input => o.status:items) f

-- TABLE(FLATTEN)
SELECT f.value FROM events e, TABLE(FLATTEN(e.payload)) f

-- a generator
SELECT seq4() FROM TABLE(GENERATOR(rowcount => 3))

-- an object of all columns, and of some
SELECT OBJECT_CONSTRUCT(*) AS o, {* EXCLUDE id} AS x, {* ILIKE 'p%'} AS i, hash(*) AS h FROM products

-- DECODE and NVL2 are CASE in other words
SELECT DECODE(status, 'a', total, 'b', placed, id) AS d, NVL2(status, total, placed) AS n FROM orders

-- what numbers the elements comes from no column
SELECT f.seq, f.index, f.value FROM products p, LATERAL FLATTEN(input => p.tags) f
