-- UNNEST with offset
SELECT p.id, t, off FROM products p, UNNEST(p.tags) AS t WITH OFFSET AS off

-- a correlated array
SELECT p.id, t FROM products p, p.tags AS t

-- fields of what is unnested
SELECT t.name FROM products p CROSS JOIN UNNEST(p.tags) AS t
