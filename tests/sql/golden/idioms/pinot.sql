-- every letter counts; double quotes quote
SELECT "id", ID FROM orders

-- options before a query, and at its end
SET timeoutMs = 1000; SELECT id FROM orders OPTION (useMultistageEngine = true)

-- LIMIT with an offset first
SELECT id FROM orders ORDER BY placed LIMIT 5, 10

-- approximate and multi-value aggregates
SELECT DISTINCTCOUNTHLL(customer_id) AS about, PERCENTILETDIGEST(total, 95) AS p, SUMMV(total) AS s FROM orders

-- time
SELECT DATETIMECONVERT(placed, '1:MILLISECONDS:EPOCH', '1:DAYS:EPOCH', '1:DAYS') AS d, ToEpochDays(placed) AS e FROM orders

-- JSON
SELECT JSON_EXTRACT_SCALAR(payload, '$.user', 'STRING') AS who FROM events WHERE JSON_MATCH(payload, '"$.a" = 1')

-- hidden columns of every segment
SELECT $docId, $segmentName, id FROM orders

-- LOOKUP in a table of dimensions
SELECT LOOKUP('names', 'name', 'id', customer_id) AS n FROM orders

-- gaps of time
SELECT GAPFILL(placed, '1:MILLISECONDS:EPOCH', '1', '2', '1:HOURS', FILL(status, 'FILL_PREVIOUS_VALUE'), TIMESERIESON(customer_id)) AS t, status FROM orders

-- joins of the engine of several stages
SELECT o.id, c.name FROM orders AS o JOIN customers AS c ON c.id = o.customer_id WHERE c.region IN (SELECT region FROM customers)

-- INSERT from files
INSERT INTO orders FROM FILE 's3://b/x/'

-- a database's table
SELECT id FROM shop.orders

-- windows
SELECT id, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY placed) AS n FROM orders

-- EXPLAIN
EXPLAIN PLAN FOR SELECT id FROM orders
