-- as information_schema.views keeps it
select `o`.`id` AS `id`,`c`.`name` AS `Name`,(`o`.`total` * 2) AS `(o.total * 2)` from (`orders` `o` join `customers` `c` on((`c`.`id` = `o`.`customer_id`)))

-- as SHOW CREATE VIEW prints it
CREATE ALGORITHM=UNDEFINED DEFINER=`root`@`localhost` SQL SECURITY DEFINER VIEW `v` AS select `orders`.`id` AS `id` from `orders`

-- columns regardless of case, tables exactly
SELECT ID, o.TOTAL FROM orders o

SELECT id FROM ORDERS

-- an alias of another case still means its table
SELECT O.id FROM orders o

-- GROUP BY an alias, HAVING an alias, WITH ROLLUP
SELECT year(placed) AS y, sum(total) AS s FROM orders GROUP BY y WITH ROLLUP HAVING s > 10

-- INSERT by list and by position; INSERT IGNORE; SET list
INSERT INTO items (price, quantity) SELECT total, 1 FROM orders

INSERT IGNORE INTO items SELECT id, customer_id, 1, total FROM orders

INSERT INTO items SELECT id, customer_id, 1, total FROM orders ON DUPLICATE KEY UPDATE price = 2

-- CREATE TABLE with columns and a query pairs them by name
CREATE TABLE t (total int, extra int) AS SELECT id, total FROM orders

CREATE TABLE t SELECT id, total FROM orders

-- group_concat, if, ifnull, straight_join
SELECT GROUP_CONCAT(DISTINCT c.name ORDER BY c.region SEPARATOR ',') AS g, IF(o.status = 'x', o.total, 0) AS i, IFNULL(c.email, c.name) AS n
FROM customers c STRAIGHT_JOIN orders o ON o.customer_id = c.id

-- NATURAL and USING put common columns first
SELECT * FROM orders JOIN (SELECT name, id FROM customers) c USING (id)

-- double quotes are strings
SELECT "id" AS x, id FROM orders

-- derived table with a column list, and a CTE
WITH c (k, n) AS (SELECT id, name FROM customers) SELECT d.a, c.n FROM (SELECT customer_id FROM orders) AS d (a) JOIN c ON c.k = d.a

-- JSON
SELECT attrs->>'$.a' AS a, JSON_EXTRACT(attrs, '$.b') AS b FROM products

-- a database before the table
SELECT other.orders.id FROM other.orders
