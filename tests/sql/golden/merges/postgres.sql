-- every branch
MERGE INTO orders o USING (SELECT order_id, sum(price) AS worth, max(quantity) AS q FROM items GROUP BY order_id) s ON o.id = s.order_id
WHEN MATCHED AND s.worth = 0 THEN DELETE
WHEN MATCHED AND s.q > 1 THEN UPDATE SET total = s.worth, status = o.status || 'x'
WHEN NOT MATCHED THEN INSERT (id, total) VALUES (s.order_id, s.worth + 1)
WHEN NOT MATCHED BY SOURCE THEN UPDATE SET status = 'gone'

-- no list
MERGE INTO orders o USING customers c ON c.id = o.customer_id WHEN NOT MATCHED THEN INSERT VALUES (c.id, c.parent_id, c.name, c.region, 0)

-- DO NOTHING
MERGE INTO orders o USING customers c ON c.id = o.customer_id WHEN MATCHED THEN DO NOTHING

-- no schema
MERGE INTO nowhere n USING items i ON n.id = i.order_id WHEN MATCHED THEN UPDATE SET a = price WHEN NOT MATCHED THEN INSERT (a, b) VALUES (price, quantity)

-- RETURNING: a branch may leave a column as it was, a row that goes keeps all
WITH m AS (MERGE INTO orders t USING items s ON t.id = s.order_id WHEN MATCHED AND s.price = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET total = s.price RETURNING merge_action() AS act, t.id, t.total) INSERT INTO customers (id, name) SELECT id, total FROM m
