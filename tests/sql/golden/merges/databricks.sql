-- by name
MERGE INTO orders o USING (SELECT product_id AS id, price AS total FROM items) s ON o.id = s.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *

-- by name, of a source without a schema
MERGE INTO orders o USING nowhere s ON o.id = s.id WHEN MATCHED THEN UPDATE SET *
