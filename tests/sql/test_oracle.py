"""Against sqlglot's own lineage, which resolves by rewriting the query: an independent way to the same columns.

On queries written for it, in four dialects; and on every golden SELECT of which all is known, but those on which it
is wrong: they are listed with the reason, and one that it answers is to be taken off the list.
"""

import logging
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlglot import exp, parse, parse_one
from sqlglot.errors import SqlglotError
from tests.sql import oracle
from tests.sql.oracle_misses import MISSES
from tests.sql.rendering import SHOP, ask
from tests.sql.test_golden import GOLDEN

from strabo.sql.dialects import facts

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
def test_columns_are_those_of_sqlglot(query: str, dialect: str) -> None:
    (statement,) = ask(query, dialect, TABLES).statements
    assert not statement.unknown
    reference = oracle.columns(parse_one(query, dialect=dialect), dialect, TABLES)
    assert [output.name for output in statement.outputs] == [name for name, _ in reference]
    assert not oracle.differences(statement, reference)


def selects() -> Iterator[tuple[str, str, str, exp.Expr]]:
    """The golden cases that are one SELECT: title, dialect, text, tree."""
    for path in GOLDEN:
        dialect = path.stem.partition("_")[0]
        parser = facts(dialect).parser
        for case in _cases(path):
            try:
                trees = [tree for tree in parse(case, dialect=dialect if parser is None else parser) if tree]
            except SqlglotError:
                continue  # what the parser does not know, no oracle does
            if len(trees) == 1 and isinstance(trees[0], exp.Query):
                title = case.splitlines()[0].removeprefix("-- ")
                yield f"{path.parent.name}/{path.stem}: {title}", dialect, case, trees[0]


def _cases(path: Path) -> list[str]:
    return [case.strip() for case in path.read_text(encoding="utf-8").split("\n\n") if case.strip()]


@cache
def verdicts() -> dict[str, str]:
    """Every golden SELECT of which we know all, and what speaks against our answer; "" where nothing does."""
    found: dict[str, str] = {}
    level = logging.root.manager.disable
    logging.disable(logging.ERROR)  # it warns of what it cannot qualify, and then raises
    try:
        for title, dialect, case, tree in selects():
            result = ask(case, dialect)
            known = len(result.statements) == 1 and not result.unparsed and not result.statements[0].unknown
            if not known or any(edge.guessed for edge in result.statements[0].edges):
                continue
            try:
                reference = oracle.columns(tree, dialect, SHOP)
            except SqlglotError as error:
                found[title] = f"refused: {str(error).splitlines()[0]}"
                continue
            found[title] = "; ".join(oracle.differences(result.statements[0], reference))
    finally:
        logging.disable(level)
    return found


@pytest.mark.slow
def test_golden_selects_agree_with_sqlglot_where_it_is_right() -> None:
    expected = {title for titles in MISSES.values() for title in titles}
    against = {title: told for title, told in verdicts().items() if told}
    new = {title: told for title, told in against.items() if title not in expected}
    assert not new, "either we are wrong, or tests/sql/oracle_misses.py is to say why sqlglot is"
    assert not expected - against.keys(), "sqlglot agrees by now, or the case has another name: take it off the list"


@pytest.mark.slow
def test_the_oracle_is_asked_often_enough() -> None:
    assert sum(not told for told in verdicts().values()) >= 200
