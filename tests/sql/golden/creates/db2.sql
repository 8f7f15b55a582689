-- a view with a check
CREATE VIEW v (a) AS SELECT id FROM orders WITH CASCADED CHECK OPTION

-- a table's storage
CREATE TABLE t AS (SELECT id, total FROM orders) WITH DATA IN userspace1 ORGANIZE BY COLUMN
