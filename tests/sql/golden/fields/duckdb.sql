-- a struct, and a list of them
SELECT s.b, u.a FROM (SELECT {'a': id, 'b': total} AS s, list({'a': customer_id}) AS l FROM orders GROUP BY ALL) q, UNNEST(q.l) AS t(u)

-- a struct whose fields become columns
SELECT unnest({'a': id, 'b': total}), status FROM orders

-- columns by their number
SELECT #1, upper(#4) AS s FROM orders WHERE #2 > 1
