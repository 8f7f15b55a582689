-- a struct, and a list of them
SELECT s.b, u.a FROM (SELECT {'a': id, 'b': total} AS s, list({'a': customer_id}) AS l FROM orders GROUP BY ALL) q, UNNEST(q.l) AS t(u)
