-- into a function
INSERT INTO FUNCTION s3('https://bucket/out.csv', 'CSV') SELECT id, total FROM orders

-- from a function
INSERT INTO orders (id, total) SELECT a, b FROM s3('https://bucket/in.csv', 'CSV')

-- a materialized view that fills a table
CREATE MATERIALIZED VIEW mv TO items AS SELECT id AS order_id, total AS price FROM orders

-- from a file of the client
INSERT INTO TABLE customers (id, name) FROM INFILE 'in/*.csv.gz' COMPRESSION 'gzip' FORMAT CSV

-- rows in some format
INSERT INTO customers (id, name) FORMAT JSONEachRow {"id": 1, "name": "x"}

-- all columns but some
INSERT INTO items (* EXCEPT (product_id, quantity)) SELECT id, total FROM orders
