"""What dbt pushed and what DuckDB says of itself are one: recorded events, and a database that is read beside them."""

from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import msgspec
import pytest
from tests.clients.record import RECORDED
from tests.clients.server import Server, serving, strabo

from strabo.model.records import Lineage

pytestmark = pytest.mark.slow

SHOP = "duckdb://shop.duckdb"
MADE = """
    CREATE SCHEMA main_raw;
    CREATE TABLE main_raw.raw_customers (id INTEGER, name VARCHAR, country VARCHAR);
    CREATE TABLE main_raw.raw_orders (id INTEGER, customer_id INTEGER, amount DOUBLE, ordered_at DATE);
    CREATE VIEW main.stg_customers AS
        SELECT id AS customer_id, trim(name) AS customer, country FROM main_raw.raw_customers;
    CREATE VIEW main.stg_orders AS
        SELECT id AS order_id, customer_id, amount, ordered_at AS ordered_on FROM main_raw.raw_orders;
    CREATE TABLE main.customer_revenue (customer_id INTEGER, customer VARCHAR, orders BIGINT, revenue DOUBLE);
"""
WORKFLOW = f"""
name: warehouse
source:
  type: duckdb
  config: {{path: shop.duckdb, namespace: "{SHOP}"}}
processors:
  - type: sql_lineage
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "catalog.db") as server:
        yield server


def push(server: Server, recording: str) -> None:
    """Posts the events of a recording, one after the other."""
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    try:
        for line in (RECORDED / f"{recording}.jsonl").read_bytes().splitlines():
            connection.request("POST", "/api/v1/lineage", line, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = answer.read()
            assert answer.status < 300, said
    finally:
        connection.close()


def read_database(server: Server, folder: Path) -> None:
    """What `strabo ingest` reads, while the server serves."""
    with duckdb.connect(folder / "shop.duckdb") as db:
        db.execute(MADE)
    workflow = folder / "warehouse.yaml"
    workflow.write_text(WORKFLOW.replace("shop.duckdb,", f"{folder / 'shop.duckdb'},"), encoding="utf-8")
    strabo(server.catalog, "ingest", str(workflow))


def shown(server: Server, name: str) -> Any:
    return msgspec.json.decode(strabo(server.catalog, "--json", "show", name))


@pytest.mark.parametrize("recording", ["dbt/build", "dbt/structured-logs"])
@pytest.mark.parametrize("pushed_first", [True, False])
def test_one_table_with_all_columns_and_the_lineage_of_both(
    server: Server, tmp_path: Path, recording: str, pushed_first: bool
) -> None:
    if pushed_first:
        push(server, recording)
    read_database(server, tmp_path)
    if not pushed_first:
        push(server, recording)
    revenue = shown(server, "shop.main.customer_revenue")
    assert revenue["ref"] == {"namespace": SHOP, "name": "shop.main.customer_revenue"}
    assert [(column["name"], column["type"]) for column in revenue["record"]["columns"]] == [
        ("customer_id", "INTEGER"),
        ("customer", "VARCHAR"),
        ("orders", "BIGINT"),
        ("revenue", "DOUBLE"),
    ]
    graph = msgspec.json.decode(strabo(server.catalog, "--json", "lineage", "shop.main.customer_revenue", "--upstream"))
    assert sorted(node["ref"]["name"] for node in graph["nodes"] if node["ref"]["namespace"] == SHOP) == [
        "shop.main.customer_revenue",
        "shop.main.stg_customers",
        "shop.main.stg_orders",
        "shop.main_raw.raw_customers",
        "shop.main_raw.raw_orders",
    ]
    assert {one.how for one in server.export() if isinstance(one, Lineage)} == {"observed", "parsed"}


def test_what_dbt_says_of_a_table_is_shown_where_the_database_says_nothing(server: Server, tmp_path: Path) -> None:
    push(server, "dbt/build")
    before = shown(server, "shop.main.customer_revenue")
    read_database(server, tmp_path)
    after = shown(server, "shop.main.customer_revenue")
    assert "What every customer brought in" in str(before)
    assert after["description"] == "What every customer brought in"
