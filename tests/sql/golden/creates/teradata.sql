-- a set table
CREATE SET TABLE d.t, NO FALLBACK, NO BEFORE JOURNAL AS (SELECT id FROM orders) WITH DATA UNIQUE PRIMARY INDEX (id)

-- a volatile table
CREATE MULTISET VOLATILE TABLE t, NO LOG AS (SEL id FROM orders) WITH DATA NO PRIMARY INDEX ON COMMIT PRESERVE ROWS; SEL id FROM t

-- a lock within a view
REPLACE VIEW d.v AS LOCK ROW ACCESS SELECT id FROM orders

-- another table's shape, without its rows
CREATE TABLE shaped AS orders WITH NO DATA
