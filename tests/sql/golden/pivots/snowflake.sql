-- named columns
SELECT * FROM orders PIVOT (SUM(total) FOR status IN ('x', 'y')) AS p (a, b, c, d, e)

-- values in the data
SELECT * FROM orders PIVOT (SUM(total) FOR status IN (ANY ORDER BY status))

-- MATCH_RECOGNIZE
SELECT * FROM orders MATCH_RECOGNIZE (PARTITION BY customer_id ORDER BY placed
  MEASURES FIRST(total) AS f, LAST(x.status) AS l ONE ROW PER MATCH PATTERN (s x+) DEFINE x AS total > 1) m
