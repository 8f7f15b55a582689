-- a materialized view
CREATE MATERIALIZED VIEW v GRACE PERIOD INTERVAL '1' HOUR WITH (a = 'b') AS SELECT id FROM orders

-- a view and who runs it
CREATE VIEW v COMMENT 'x' SECURITY INVOKER AS SELECT id FROM orders
