
-- without FROM; beside FROM
DELETE orders o WHERE o.id IN (SELECT order_id FROM items)
