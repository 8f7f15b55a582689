-- a struct, a map, JSON
SELECT payload.a.b AS x, attrs['k'] AS y, get_json_object(e.payload, '$.c') AS z FROM events e, products

-- structs that are collected and exploded
SELECT l.worth FROM (SELECT explode(collect_list(named_struct('id', id, 'worth', total))) AS l FROM orders)

-- the same in a lateral view
SELECT q.worth FROM (SELECT collect_list(struct(id, total AS worth)) AS os FROM orders) s LATERAL VIEW explode(s.os) t AS q

-- inline gives each field a column
SELECT a, b FROM (SELECT collect_list(struct(id, total)) AS os FROM orders) s LATERAL VIEW inline(s.os) t AS a, b
