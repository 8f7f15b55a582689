-- UNNEST with offset
SELECT p.id, t, off FROM products p, UNNEST(p.tags) AS t WITH OFFSET AS off

-- a correlated array
SELECT p.id, t FROM products p, p.tags AS t

-- fields of what is unnested
SELECT t.name FROM products p CROSS JOIN UNNEST(p.tags) AS t

-- a model, and what is predicted with it
CREATE OR REPLACE MODEL shop.worth OPTIONS (model_type = 'linear_reg') AS SELECT id, total AS label FROM orders WHERE status = 'paid';
INSERT INTO customers (id, name) SELECT o.id, predicted_label FROM ML.PREDICT(MODEL shop.worth, (SELECT id, total FROM orders)) o;
SELECT forecast_value FROM ML.FORECAST(MODEL shop.worth, STRUCT(30 AS horizon))

-- neighbours by a vector
SELECT base.name, query.kind, distance FROM VECTOR_SEARCH(TABLE products, 'tags', (SELECT payload AS tags, kind FROM events), top_k => 2)

-- what HAVING MAX picks by
SELECT ANY_VALUE(status HAVING MAX placed) AS last FROM orders

-- fields of what is unnested without a name
SELECT kind, (SELECT value.string_value FROM UNNEST(payload) WHERE key = 'page') AS page FROM events

-- … beside a table without a schema they may be either's
SELECT (SELECT value.string_value FROM UNNEST(params) WHERE key = 'page') AS page FROM nowhere

-- a field of a field, and a field that is named alone
SELECT p.id, t.value.number, colour FROM products p, UNNEST(p.tags) AS t WHERE t.key = 'x'
