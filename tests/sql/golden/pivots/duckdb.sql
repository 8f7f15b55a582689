-- the statement, values given
PIVOT orders ON status IN ('x', 'y') USING sum(total) GROUP BY customer_id

-- the statement, values in the data
PIVOT orders ON status USING sum(total)

-- UNPIVOT as a statement
UNPIVOT items ON quantity, price INTO NAME n VALUE v

-- in FROM
SELECT x, customer_id FROM (PIVOT orders ON status IN ('x', 'y') USING sum(total) GROUP BY customer_id)

-- PIVOT in FROM with groups
SELECT * FROM orders PIVOT (sum(total) FOR status IN ('a', 'b') GROUP BY customer_id)

-- UNPIVOT of all but some
UNPIVOT items ON COLUMNS(* EXCLUDE (order_id)) INTO NAME what VALUE v

-- … of a table without a schema
UNPIVOT nowhere ON COLUMNS(* EXCLUDE (id)) INTO NAME what VALUE v
