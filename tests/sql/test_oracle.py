"""Against sqlglot's own lineage, which resolves by rewriting the query: an independent way to the same columns.

Only queries on which it is right: it knows no indirect edges, gives both sides of USING, EXCEPT and INTERSECT, and
loses its way in LATERAL.
"""

from typing import Any

import pytest
from sqlglot import exp, parse_one
from sqlglot.lineage import lineage as reference
from sqlglot.optimizer.qualify import qualify
from tests.sql.rendering import SHOP, ask

from strabo.model.records import DIRECT

TABLES = {name: columns for name, columns in SHOP.items() if name != "Mixed"}

QUERIES = [
    "SELECT id, total * 2 AS twice FROM orders",
    "SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id",
    "SELECT * FROM orders",
    "SELECT o.*, c.name AS who FROM orders o, customers c",
    "WITH a AS (SELECT id, total FROM orders), b AS (SELECT id AS k, total + 1 AS t FROM a) SELECT k, t FROM b",
    "SELECT x.s FROM (SELECT sum(total) AS s, customer_id FROM orders GROUP BY customer_id) x",
    "SELECT id AS a FROM orders UNION ALL SELECT product_id FROM items UNION ALL SELECT id FROM products",
    "WITH u AS (SELECT id AS a, name AS b FROM customers UNION SELECT id, name FROM products) SELECT b, a FROM u",
    "SELECT c.name AS n, (SELECT max(o.total) FROM orders o) AS m FROM customers c",
    "SELECT a.id AS x, b.id AS y FROM orders a JOIN orders b ON a.id = b.customer_id",
    "SELECT upper(name) || email AS both_of, region FROM customers WHERE id > 3 ORDER BY name",
    "SELECT t.a, t.b FROM (SELECT id AS a, total AS b FROM orders) AS t WHERE t.a > 1",
    "SELECT q.c1, q.c2 FROM (SELECT id, name FROM customers) AS q(c1, c2)",
    "WITH a(x, y) AS (SELECT id, total FROM orders) SELECT y AS p, x AS q FROM a",
    "SELECT sum(i.price * i.quantity) AS w, p.name n FROM items i JOIN products p ON i.product_id = p.id GROUP BY 2",
    "SELECT d.id AS id FROM (SELECT * FROM (SELECT * FROM orders) y) d",
    "SELECT coalesce(o.status, c.region) AS s FROM orders o LEFT JOIN customers c ON true",
    "WITH a AS (SELECT * FROM orders), b AS (SELECT * FROM a), c AS (SELECT * FROM b) SELECT total AS z FROM c",
    "SELECT m.id AS one, m.name AS two FROM (SELECT c.id, p.name FROM customers c JOIN products p ON c.id = p.id) m",
]


@pytest.mark.parametrize("dialect", ["postgres", "duckdb", "sqlite", "mysql"])
@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_direct_columns_are_those_of_sqlglot(query: str, dialect: str) -> None:
    (statement,) = ask(query, dialect, TABLES).statements
    assert not statement.unknown
    ours: dict[str, set[str]] = {output.name: set() for output in statement.outputs}
    for edge in statement.edges:
        if edge.how in DIRECT:
            ours[edge.target].add(f"{'.'.join(edge.table)}.{edge.source}")
    schema: dict[str, object] = {name: dict.fromkeys(columns, "text") for name, columns in TABLES.items()}
    whole: Any = qualify(parse_one(query, dialect=dialect), schema=schema, dialect=dialect)
    for name in whole.named_selects:
        leaves = {
            f"{leaf.source.name}.{leaf.name.rpartition('.')[2]}".replace('"', "").replace("`", "")
            for leaf in reference(name, whole, schema=schema, dialect=dialect).walk()
            if isinstance(leaf.source, exp.Table) and not leaf.downstream
        }
        assert ours[name] == leaves, name
