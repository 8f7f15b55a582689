-- WHERE and DELETE WHERE
MERGE INTO orders o USING items i ON (o.id = i.order_id)
WHEN MATCHED THEN UPDATE SET o.total = i.price WHERE i.quantity > 1 DELETE WHERE i.price = 0
WHEN NOT MATCHED THEN INSERT (o.id, o.total) VALUES (i.order_id, i.price) WHERE i.quantity > 2
