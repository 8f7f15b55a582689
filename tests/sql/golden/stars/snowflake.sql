-- ILIKE, EXCLUDE, RENAME
SELECT * ILIKE '%id%' RENAME (customer_id AS who) FROM orders

-- an alias is used again
SELECT total * 2 AS twice, twice + 1 AS more FROM orders WHERE twice > 1 QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY more) = 1
