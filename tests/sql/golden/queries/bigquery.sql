-- except, struct fields, unnest of a column
SELECT o.* EXCEPT (status, placed), p.attrs.colour, t FROM orders AS o, products AS p, UNNEST(p.tags) AS t WITH OFFSET AS n

SELECT STRUCT(id AS a, name) AS s FROM customers
