-- a row within a function
SELECT to_json(struct(*)) AS j, sha2(concat_ws('|', *), 256) AS k, count(*) AS n, count(DISTINCT *) AS d FROM products

-- a row within a function, after USING
SELECT max(struct(*)) AS m FROM orders JOIN customers USING (id)

-- MAX_BY and MIN_BY: what picks the row is not in the value
SELECT max_by(status, placed) AS last, min_by(status, placed, 3) AS first FROM orders GROUP BY customer_id

-- the changes of a table that is named by a string
SELECT id, _change_type FROM table_changes('orders', 1, 2)
