-- every letter counts, in tables and columns
SELECT ID, id FROM orders

-- an alias hides a column of the same name, wherever it stands
SELECT total * 2 AS total, total + 1 AS more FROM orders

-- ARRAY JOIN keeps the column's name, or gives one
SELECT id, tags FROM products ARRAY JOIN tags; SELECT id, t FROM products LEFT ARRAY JOIN tags AS t

-- FINAL, SAMPLE, PREWHERE, SETTINGS, FORMAT
SELECT id FROM orders FINAL SAMPLE 0.1 PREWHERE status = 'x' WHERE total > 1 SETTINGS max_threads = 1 FORMAT JSON

-- LIMIT BY
SELECT customer_id, total FROM orders ORDER BY placed LIMIT 2 BY customer_id

-- aggregate combinators
SELECT sumIf(total, status = 'p') AS paid, uniqExact(customer_id) AS people, argMax(status, placed) AS latest, quantile(0.9)(total) AS q, sumState(total) AS s FROM orders

-- WITH an expression
WITH (SELECT max(total) FROM orders) AS most, total / most AS share SELECT id, share FROM orders

-- ASOF and ANY joins, GLOBAL IN
SELECT o.id, e.kind FROM orders o ASOF LEFT JOIN events e ON o.id = e.kind AND o.placed >= e.at WHERE o.customer_id GLOBAL IN (SELECT id FROM customers)

-- tuples by number
SELECT (id, name).2 AS n, (id, name).1 AS i FROM customers

-- a materialized view that feeds a table
CREATE MATERIALIZED VIEW mv TO sums AS SELECT customer_id, sum(total) AS spent FROM orders GROUP BY customer_id

-- a table from a query, with an engine
CREATE TABLE t ENGINE = MergeTree ORDER BY id AS SELECT id, total FROM orders

-- table functions
SELECT number FROM numbers(10); SELECT a FROM s3('s3://b/x.csv', 'CSV', 'a Int32'); SELECT id FROM remote('host', 'shop', 'orders')

-- a dictionary
SELECT dictGet('shop.names', 'name', id) AS n FROM orders

-- EXCHANGE, and a partition that is replaced
EXCHANGE TABLES orders AND items

-- lambdas over arrays
SELECT arrayMap(x -> concat(x, name), tags) AS t FROM products

-- stars: EXCEPT, REPLACE, APPLY
SELECT * EXCEPT (status, placed) FROM orders; SELECT * REPLACE (total * 2 AS total) FROM orders

-- INSERT from a query, and a mutation
INSERT INTO sums (customer_id, spent) SELECT customer_id, total FROM orders; ALTER TABLE orders UPDATE status = 'x' WHERE total > 1; ALTER TABLE orders DELETE WHERE id = 1

-- a UNION that a setting makes DISTINCT or ALL
SELECT id FROM orders UNION SELECT product_id FROM items UNION ALL SELECT id FROM products;
