-- OR IGNORE
UPDATE OR IGNORE orders SET total = id

-- FROM
UPDATE orders SET total = i.price FROM items AS i WHERE i.order_id = orders.id
