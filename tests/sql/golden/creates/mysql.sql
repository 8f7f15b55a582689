-- options before and after a view
CREATE ALGORITHM=MERGE DEFINER=`a`@`b` SQL SECURITY DEFINER VIEW v AS SELECT id FROM orders WITH CASCADED CHECK OPTION

-- a view with its column names
CREATE OR REPLACE VIEW v (a, b) AS SELECT id, total FROM orders

-- a table with keys and an engine
CREATE TABLE t (KEY (id)) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 AS SELECT id, total FROM orders
