-- FROM before SET
UPDATE orders FROM items SET total = items.price WHERE items.order_id = orders.id

-- without FROM; with a table that is not in FROM
DELETE orders; DELETE orders WHERE id = 1; DELETE orders FROM customers c WHERE c.id = orders.customer_id
