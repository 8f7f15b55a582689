"""What a person does with a catalog: two databases in, then questions, a day of changes, and questions again."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.server
Ask = Callable[..., Any]

SHOP = (
    "CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL, country text)",
    "CREATE TABLE fct_order_items (order_id int, line int, customer int REFERENCES customers, amount numeric(10,2))",
    'CREATE TABLE "fctOrderItems" (id int)',
    'CREATE TABLE "a.b ""c"" \'d\' 🦉" ("مرحبا" int)',
    "COMMENT ON TABLE customers IS 'Who buys'",
    """CREATE VIEW revenue AS SELECT c.country, sum(i.amount) AS total FROM fct_order_items i
       JOIN customers c ON c.id = i.customer WHERE i.line > 0 GROUP BY c.country""",
    'CREATE VIEW best AS SELECT country AS "Land", total * 2 AS twice FROM revenue',
)
CRM = ("CREATE SCHEMA sales", "CREATE TABLE sales.lead (id int, email text)", "CREATE TABLE sales.old (id int)")
CHANGES = (
    "ALTER TABLE customers ADD vat numeric(5,2)",
    'ALTER TABLE "fctOrderItems" ALTER id TYPE bigint',
    "CREATE TABLE refunds (id int)",
)


@pytest.fixture
def workflow(database: Callable[..., str], write: Callable[..., Path], login: dict[str, Any], secret: str) -> str:
    """One workflow of two databases of one server."""
    names = [database("shop e2e", *SHOP), database("crm_e2e", *CRM)]
    source = {"type": "postgres", "config": {**login, "databases": names, "namespace": "postgres://shop.example:5432"}}
    return str(write("all.yaml", name="all", source=source, processors=[{"type": "sql_lineage"}]))


def names(hits: list[dict[str, Any]]) -> list[str]:
    return [hit["ref"]["name"] for hit in hits]


def test_the_main_job(workflow: str, ask: Ask, strabo: Callable[..., Any], database: Callable[..., str]) -> None:
    first = ask("ingest", workflow)
    assert (first["status"], first["reconciles"], first["failed"], first["skipped"]) == ("succeeded", True, 0, 0)
    assert first["listed"] == first["written"] + first["filtered"]

    # search
    found = names(ask("search", "order", "items")["hits"])
    assert {"shop e2e.public.fct_order_items", "shop e2e.public.fctOrderItems"} == set(found[:2])
    assert names(ask("search", "email", "kind:table")["hits"][:2]) != []
    assert names(ask("search", "schema:sales", "lead")["hits"]) == ["crm_e2e.sales.lead"]
    assert ask("search", "🦉")["total"] == 1

    # show
    table = ask("show", "shop e2e.public.customers")
    assert [(c["name"], c["type"], c["nullable"], c["key"]) for c in table["columns"]] == [
        ("id", "integer", False, "PK"),
        ("email", "text", False, ""),
        ("country", "text", True, ""),
    ]
    assert table["description"] == "Who buys"
    assert ask("show", '"a.b ""c"" \'d\' 🦉"')["columns"][0]["name"] == "مرحبا"

    # a view over a view, to the column
    graph = ask("lineage", "best.twice", "--upstream")
    edges = {(e["source"]["name"], e["target"]["name"]): e["columns"] for e in graph["edges"]}
    assert {
        (path, c["source"], c["target"], c["how"]) for path, columns in edges.items() for c in columns
    } == {
        (("shop e2e.public.revenue", "shop e2e.public.best"), "total", "twice", "transformation"),
        (("shop e2e.public.fct_order_items", "shop e2e.public.revenue"), "amount", "total", "aggregation"),
    }  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(strabo("impact", "fct_order_items.amount", "--format", "csv").out)))
    assert [(r["hop"], r["name"], r["column"], r["how"]) for r in rows] == [
        ("1", "shop e2e.public.revenue", "total", "aggregation"),
        ("2", "shop e2e.public.best", "twice", "transformation"),
    ]

    # the same again
    before = strabo("export").out
    again = ask("ingest", workflow)
    assert (again["written"], again["retired"]) == (0, 0)
    assert again["unchanged"] == first["written"]
    assert strabo("export").out == before
    assert ask("diff", "run:2")["objects"] == []

    # a day of changes
    database("shop e2e", *CHANGES)
    database("crm_e2e", "DROP TABLE sales.old")
    planned = ask("ingest", workflow, "--dry-run")
    assert strabo("export").out == before
    assert len(ask("runs")["runs"]) == 2
    third = ask("ingest", workflow)
    assert (third["written"], third["retired"], third["proposed"]) == (3, 1, 0)
    told = {o["ref"]["name"]: o for o in ask("diff")["objects"]}
    assert {name: o["change"] for name, o in told.items()} == {
        "shop e2e.public.customers": "changed",
        "shop e2e.public.fctOrderItems": "changed",
        "shop e2e.public.refunds": "created",
        "crm_e2e.sales.old": "retired",
    }
    assert told["shop e2e.public.customers"]["differences"] == [
        {"change": "added", "what": "column vat", "before": None, "after": "numeric(5,2)"}
    ]
    (widened,) = told["shop e2e.public.fctOrderItems"]["differences"]
    assert (widened["before"], widened["after"]) == ("integer", "bigint")
    for key, change in (("created", "created"), ("changed", "changed"), ("retire", "retired")):
        assert [o["ref"]["name"] for o in planned[key]] == [n for n, o in told.items() if o["change"] == change]

    # looking back
    events = ask("history", "shop e2e.public.customers")["events"]
    assert [(e["change"], e["aspect"], e["run"]) for e in events if e["aspect"] == "dataset"] == [
        ("changed", "dataset", 3),
        ("created", "dataset", 1),
    ]
    then = ask("show", "shop e2e.public.customers", "--at", "run:1")
    assert [c["name"] for c in then["columns"]] == ["id", "email", "country"]
    assert "was not known then" in strabo("show", "refunds", "--at", "run:1", code=2).err
    assert names(ask("search", "old", "--at", "run:1")["hits"]) == ["crm_e2e.sales.old"]
    assert ask("search", "old")["total"] == 0
    assert ask("show", "crm_e2e.sales.old")["live"] is False
    assert ask("doctor")["ok"] is True


def test_two_servers_in_one_catalog(
    workflow: str,
    mariadb: Any,
    schema: Callable[..., str],
    write: Callable[..., Path],
    ask: Ask,
    environment: dict[str, str],
    folder: Path,
) -> None:
    name = schema(
        "it's a.shop", "CREATE TABLE fct_order_items (id int)", "CREATE VIEW v AS SELECT id FROM fct_order_items"
    )
    environment["MARIA"] = mariadb.password
    config = {"host": mariadb.host, "port": mariadb.port, "user": mariadb.user, "password": "${MARIA}"}
    source = {"type": "mysql", "config": {**config, "databases": [name]}}
    other = write("maria.yaml", name="maria", source=source, processors=[{"type": "sql_lineage"}])
    ask("ingest", workflow)
    assert ask("ingest", str(other))["status"] == "succeeded"
    hits = ask("search", "order items kind:table")["hits"]
    assert {h["ref"]["namespace"].partition(":")[0] for h in hits} == {"postgres", "mysql"}
    (edge,) = ask("lineage", '"it\'s a.shop".v', "--columns")["edges"]
    assert edge["columns"] == [{"source": "id", "target": "id"}]
    assert ask("ingest", str(other))["written"] == 0
