-- INSERT ROW
MERGE orders USING customers c ON FALSE WHEN NOT MATCHED THEN INSERT ROW

-- a source that is a query of WITH
MERGE orders o USING (WITH q AS (SELECT * FROM items) SELECT order_id, price FROM q) s ON o.id = s.order_id WHEN MATCHED THEN UPDATE SET total = price
