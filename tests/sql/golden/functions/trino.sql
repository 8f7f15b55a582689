-- UNNEST of two, with ordinality
SELECT p.id, t, k, v, n FROM products p CROSS JOIN UNNEST(p.tags, p.attrs) WITH ORDINALITY AS u(t, k, v, n)
