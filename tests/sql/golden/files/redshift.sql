-- UNLOAD
UNLOAD ('SELECT id, total FROM orders WHERE status = ''x''') TO 's3://b/out' IAM_ROLE 'x'

-- COPY
COPY orders FROM 's3://b/in' IAM_ROLE 'x' CSV

-- APPEND
ALTER TABLE orders APPEND FROM items
