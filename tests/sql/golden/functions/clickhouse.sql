-- ARRAY JOIN
SELECT id, t, a FROM products ARRAY JOIN tags AS t, attrs AS a

-- ARRAY JOIN without an alias
SELECT id, tags FROM products ARRAY JOIN tags

-- arrayJoin
SELECT arrayJoin(tags) AS t FROM products

-- what a dictionary has for a key
SELECT dictGet('db.people', 'name', customer_id) AS n, dictGetOrDefault('db.people', ('a', 'b'), id, ('', '')) AS ab FROM orders

-- a dictionary, and a join table, that are known
SELECT dictGet('customers', 'name', customer_id) AS n, joinGet(items, 'price', id) AS p, dictHas('customers', id) AS h FROM orders

-- a dictionary as a table
SELECT name FROM dictionary('customers')

-- the tables of a cluster
SELECT id FROM cluster('main', default.orders) WHERE status = 'paid'

-- the same in two strings
SELECT c.id FROM clusterAllReplicas('{cluster}', 'default', 'orders') AS c JOIN cluster(main, customers) USING (id)

-- a table of another server
INSERT INTO orders (id, status) SELECT r.id, p.state FROM remote('node-7:9000', shop.orders) r JOIN postgresql('db-1:5432', 'shop', 'states', 'u', 'p') p ON p.id = r.id

-- to another server
INSERT INTO FUNCTION remoteSecure('node-7', 'shop', 'orders') SELECT id, total FROM orders

-- other servers with a schema, and without
SELECT a.x, b.y FROM postgresql('h:5432', 'shop', 'a', 'u', 'p', 'sales') AS a, mysql('h:3306', 'shop', 'b', 'u', 'p') AS b

-- what picks and what filters is not in the value
SELECT argMax(status, placed) AS l, sumIf(total, status = 'x') AS s, argMaxIf(status, placed, total > 2) AS a, quantileIf(0.9)(total, id > 1) AS q, sumIfState(total, id > 1) AS t FROM orders

-- multiIf is CASE in other words
SELECT multiIf(total > 1, status, id > 2, placed, customer_id) AS m FROM orders

-- an element of a tuple
SELECT attrs.1 AS a, p.attrs.2 AS b FROM products p

-- rows within a function
SELECT uniq(*) AS u, count(*) AS n, formatRow('CSV', *) AS r FROM items

-- the elements of a tuple as columns
SELECT untuple((id, total)), status FROM orders
