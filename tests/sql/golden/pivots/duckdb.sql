-- the statement, values given
PIVOT orders ON status IN ('x', 'y') USING sum(total) GROUP BY customer_id

-- the statement, values in the data
PIVOT orders ON status USING sum(total)

-- UNPIVOT as a statement
UNPIVOT items ON quantity, price INTO NAME n VALUE v

-- in FROM
SELECT x, customer_id FROM (PIVOT orders ON status IN ('x', 'y') USING sum(total) GROUP BY customer_id)
