-- OUTPUT
MERGE orders AS o USING items AS i ON o.id = i.order_id WHEN MATCHED THEN UPDATE SET o.total = i.price OUTPUT inserted.id, deleted.total;

-- OUTPUT: a branch may leave a column as it was
MERGE orders AS t USING items AS s ON t.id = s.order_id WHEN MATCHED THEN UPDATE SET t.total = s.price WHEN NOT MATCHED THEN INSERT (id, total, status) VALUES (s.order_id, s.price, s.product_id) OUTPUT $action, inserted.id, inserted.status, inserted.total, deleted.total AS was INTO dbo.log (act, id, status, now, was)

-- a MERGE whose rows another statement takes
INSERT INTO dbo.log (act, id) SELECT c.act, c.id FROM (MERGE orders AS t USING items AS s ON t.id = s.order_id WHEN MATCHED THEN UPDATE SET t.total = s.price OUTPUT $action AS act, inserted.id) AS c WHERE c.act = 'UPDATE'
