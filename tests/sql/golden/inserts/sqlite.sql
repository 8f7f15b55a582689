-- upsert
INSERT INTO orders (id, total) SELECT product_id, price FROM items WHERE true ON CONFLICT (id) DO UPDATE SET total = excluded.total + total

-- REPLACE
REPLACE INTO orders SELECT id, parent_id, name, region, 0 FROM customers
