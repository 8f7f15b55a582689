-- COLUMNS by a pattern
SELECT COLUMNS('.*id') FROM orders

-- COLUMNS in an expression
SELECT COLUMNS('.*id') + 1, max(COLUMNS(* EXCLUDE (id, status, placed))) FROM orders GROUP BY ALL

-- COLUMNS by a lambda
SELECT COLUMNS(c -> c LIKE '%id') FROM orders

-- UNION BY NAME
SELECT id, name FROM customers UNION ALL BY NAME SELECT name, tags FROM products

-- EXCLUDE, REPLACE, RENAME at once
SELECT * EXCLUDE (placed) REPLACE (total * 2 AS total) RENAME (id AS k) FROM orders

-- FROM first
FROM orders SELECT id WHERE total > 1

-- aliases that are used again
SELECT total * 2 AS twice, twice + 1 AS more FROM orders WHERE twice > 3

-- COLUMNS of a table without a schema
SELECT COLUMNS('a.*') FROM nowhere

-- names made of what a pattern found
SELECT COLUMNS('pr(.*)') AS 'p_\1', COLUMNS(c -> c LIKE 'q%') AS 'x_\0' FROM items

-- a test that says no
SELECT COLUMNS(c -> c NOT LIKE '%id') FROM items

-- a star with a test
SELECT * LIKE '%id', * NOT LIKE '%id', * SIMILAR TO 'p.*', * GLOB 'q*' FROM items

-- all of COLUMNS as arguments of one call
SELECT coalesce(*COLUMNS('.*_id')) AS c, greatest(*COLUMNS(*)) FROM items
