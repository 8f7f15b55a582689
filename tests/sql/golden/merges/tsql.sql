-- OUTPUT
MERGE orders AS o USING items AS i ON o.id = i.order_id WHEN MATCHED THEN UPDATE SET o.total = i.price OUTPUT inserted.id, deleted.total;
