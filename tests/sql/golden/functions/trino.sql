-- UNNEST of two, with ordinality
SELECT p.id, t, k, v, n FROM products p CROSS JOIN UNNEST(p.tags, p.attrs) WITH ORDINALITY AS u(t, k, v, n)

-- functions that are given tables
SELECT * FROM TABLE(exclude_columns(input => TABLE(orders), columns => DESCRIPTOR(status, placed)))

-- … of which nobody knows what they return
SELECT t.x, t.y FROM TABLE(f(input => TABLE(SELECT id FROM orders WHERE total > 1), n => 3)) t

-- a sequence
SELECT sequential_number FROM TABLE(sequence(start => 1, stop => 10))
