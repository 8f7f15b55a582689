-- unquoted folds up
SELECT id, "id" FROM T1

-- QUALIFY, ILIKE star, lateral alias
SELECT a AS b, b + 1 AS c FROM (SELECT 1 AS a) QUALIFY row_number() OVER (ORDER BY c) = 1
