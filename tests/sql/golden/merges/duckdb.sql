-- UPDATE and INSERT of the row as it is
MERGE INTO items t USING (SELECT id AS a, total AS b, placed AS c, status AS d FROM orders) s ON t.order_id = s.a WHEN MATCHED THEN UPDATE WHEN NOT MATCHED THEN INSERT

-- … by name, and by position
MERGE INTO items t USING (SELECT id AS order_id, total AS price, placed AS quantity, status AS product_id FROM orders) s USING (order_id) WHEN MATCHED THEN UPDATE BY NAME WHEN NOT MATCHED THEN INSERT BY POSITION RETURNING merge_action
