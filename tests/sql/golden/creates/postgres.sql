-- a recursive view
CREATE OR REPLACE RECURSIVE VIEW v (n) AS SELECT id FROM customers UNION ALL SELECT parent_id FROM customers JOIN v ON v.n = id

-- options of a view
CREATE VIEW v WITH (security_barrier) AS SELECT id FROM orders WITH LOCAL CHECK OPTION

-- storage of a materialized view, not filled yet
CREATE MATERIALIZED VIEW t USING heap WITH (fillfactor=70) TABLESPACE x AS SELECT id FROM orders WITH NO DATA

-- a table of the transaction
CREATE TEMP TABLE t (a, b) WITH (fillfactor=70) ON COMMIT DROP AS SELECT id, total FROM orders

-- what no query makes
CREATE RULE r AS ON INSERT TO orders DO ALSO SELECT 1; CREATE INDEX i ON orders (id) WHERE status = 'x'
