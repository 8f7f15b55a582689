-- FROM before SET
UPDATE orders FROM items SET total = items.price WHERE items.order_id = orders.id
