-- to and from
COPY orders TO 'out.parquet' (FORMAT parquet); COPY orders FROM 'in.csv'

-- a file in FROM
SELECT a, count(b) FROM 'in.csv' GROUP BY a

-- a list of files
SELECT a FROM read_csv(['in.csv', 'more.csv'])

-- a table from a file
CREATE TABLE made AS SELECT * FROM 'in.parquet'; SELECT a FROM made

-- a whole database
COPY FROM DATABASE a TO b

-- several files as one
SELECT p.a FROM read_parquet(['a.parquet', 'b.parquet'], filename = true) p
