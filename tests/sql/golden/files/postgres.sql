-- COPY FROM
COPY orders (id, total) FROM '/in.csv' WITH (FORMAT csv)

-- COPY FROM STDIN
COPY orders FROM STDIN

-- COPY a query TO
COPY (SELECT id, total * 2 AS twice FROM orders) TO '/out.csv'

-- COPY a table TO
COPY orders (id, total) TO '/out.csv'
