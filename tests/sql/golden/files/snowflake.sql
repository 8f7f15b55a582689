-- from a stage
COPY INTO orders FROM @stage/in.csv FILE_FORMAT = (TYPE = CSV)

-- from a query over a stage
COPY INTO orders (id, total) FROM (SELECT $1, t.$2:x::int FROM @stage/in t)

-- to a stage
COPY INTO @stage/out FROM (SELECT id FROM orders)

-- to a bucket
COPY INTO 's3://b/out' FROM orders

-- a query over a stage
SELECT $1, t.$2 FROM @stage/x t
