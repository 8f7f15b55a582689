"""openlineage-python against the server: what it says is there, whatever stands in the way."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from tests.clients.conftest import MakeRig
from tests.clients.receiver import Receiver
from tests.clients.rigs import Rig
from tests.clients.server import Server, columns, influences, serving, sources, strabo

from strabo.model.records import (
    Check,
    CheckResult,
    Dataset,
    Description,
    Job,
    JobRun,
    Lineage,
    Ownership,
    Profile,
    Tags,
)
from strabo.model.ref import Ref

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SHOP = "postgres://db.example:5432"
PAGE = {
    ("shop.raw.orders", "day", "day", "identity"),
    ("shop.raw.orders", "amount", "amount", "aggregation"),
}


def assert_loaded_once(server: Server, runs: int = 1) -> None:
    """The page's program ran so often, and all that it says is there."""
    found = [record for record in server.export() if isinstance(record, JobRun)]
    assert [(run.ref, run.status, run.written) for run in found] == [
        (Ref("shop", "load_orders"), "succeeded", 31)
    ] * runs
    lineage = server.lineage(SHOP, "shop.sales.revenue")
    assert (columns(lineage), lineage.job) == (PAGE, Ref("shop", "load_orders"))
    made = server.about(Dataset, SHOP)["shop.sales.revenue"]
    assert [(column.name, column.type, column.comment) for column in made.columns] == [
        ("day", "date", None),
        ("amount", "numeric(10,2)", "in euros"),
    ]


def test_the_page(rig: MakeRig, door: Receiver, server: Server) -> None:
    python = rig("python")
    python.follow_page()
    assert_loaded_once(server, runs=2)  # at once, and without waiting
    assert {one.headers.get("content-encoding") for one in door.received} == {"gzip"}
    assert len(door.received) == 4


@pytest.mark.parametrize("config", ["openlineage.yml", "async/openlineage.yml"])
def test_a_server_that_is_busy_loses_nothing(rig: MakeRig, door: Receiver, server: Server, config: str) -> None:
    python = rig("python")
    door.busy = 2
    python.do(f"OPENLINEAGE_CONFIG={config} python load_orders.py")
    assert Counter(one.status < 300 for one in door.received) == {False: 2, True: 2}
    assert_loaded_once(server)


def test_without_its_token_nothing_is_taken(server: Server, tmp_path: Path) -> None:
    python = Rig("python", tmp_path / "stranger", server.url)
    python.set_up()
    assert "401" in python.do("python load_orders.py", wanted=1)
    assert server.export() == []


def test_on_the_same_machine_no_token_is_needed_until_there_is_one(tmp_path: Path) -> None:
    with serving(tmp_path / "open.db") as server:
        python = Rig("python", tmp_path / "local", server.url)
        python.set_up()
        python.do("python load_orders.py")
        assert_loaded_once(server)


def test_an_event_that_comes_twice_counts_once(rig: MakeRig, door: Receiver, server: Server) -> None:
    rig("python").do("python load_orders.py")
    before = server.export()
    for one in list(door.received):
        again = door.take(one.method, one.path, one.headers | {"content-encoding": "identity"}, one.body)
        assert again[0] < 300
    assert server.export() == before


def test_every_kind_of_event(rig: MakeRig, server: Server) -> None:
    rig("python").do("python every_kind.py")
    runs = {run.ref.name: run for run in server.export() if isinstance(run, JobRun)}
    assert {name: run.status for name, run in runs.items()} == {
        "night": "succeeded",
        "night.revenue": "succeeded",
        "night.mail": "failed",
        "night.tidy": "succeeded",
        "night.rename": "succeeded",
        "night.probe": "cancelled",
    }
    assert runs["night.mail"].error == "no route to the mail server"
    assert runs["night.revenue"].parent == runs["night"].id
    assert (runs["night.revenue"].read, runs["night.revenue"].written) == (1000, 31)
    assert runs["night.tidy"].started_at is None  # its START never came

    jobs = server.about(Job, "shop")
    assert jobs["night.revenue"].parent == Ref("shop", "night")
    assert jobs["night"].kind == "workflow"
    assert jobs["night.revenue"].comment == "What every day brought in"
    assert [owner.name for owner in server.about(Ownership, "shop")["night.revenue"].owners] == ["team:sales"]


def test_what_a_run_reads_and_writes(rig: MakeRig, server: Server) -> None:
    rig("python").do("python every_kind.py")
    customers = 'shop.raw."Kunden.Übersicht 🛒"'
    flow = [
        record
        for record in server.export()
        if isinstance(record, Lineage) and record.job == Ref("shop", "night.revenue")
    ]
    made = next(lineage for lineage in flow if lineage.ref.name == "shop.sales.revenue")
    assert columns(made) == {
        ("shop.raw.orders", "day", "day", "identity"),
        ("shop.raw.orders", "amount", "revenue", "aggregation"),
        (customers, "Name", "customer", "transformation"),
    }
    assert influences(made) == {
        ("shop.raw.orders", "customer_id", "join"),
        ("shop.raw.orders", "day", "group_by"),
        (customers, "id", "join"),
    }
    declared = server.lineage(SHOP, "shop.sales.corrections")
    assert (sources(declared), declared.how, declared.job) == ({"shop.raw.orders"}, "declared", Ref("shop", "by_hand"))
    datasets = server.about(Dataset, SHOP)
    assert "shop.sales.revenue_old" not in datasets  # dropped


def test_a_table_that_was_renamed_has_the_lineage_of_its_old_name(rig: MakeRig, server: Server) -> None:
    rig("python").do("python every_kind.py")
    for name in ("shop.sales.revenue", "shop.sales.revenue_by_day"):
        graph = msgspec.json.decode(strabo(server.catalog, "--json", "lineage", name, "--upstream"))
        feeding = {edge["source"]["name"] for edge in graph["edges"] if edge["target"]["name"] == graph["root"]["name"]}
        assert graph["root"] == {"namespace": SHOP, "name": "shop.sales.revenue_by_day"}
        assert {"shop.raw.orders", 'shop.raw."Kunden.Übersicht 🛒"'} <= feeding


def test_what_is_said_of_data(rig: MakeRig, server: Server) -> None:
    rig("python").do("python every_kind.py")
    orders = server.about(Dataset, SHOP)["shop.raw.orders"]
    assert server.about(Description, SHOP)["shop.raw.orders"].text == "One row an order"
    assert [column.name for column in orders.columns] == ["id", "customer_id", "amount", "day"]
    assert [owner.name for owner in server.about(Ownership, SHOP)["shop.raw.orders"].owners] == ["ann@shop.example"]
    tags = {(tag.name, tag.column, tag.value) for tag in server.about(Tags, SHOP)["shop.raw.orders"].tags}
    assert tags == {("pii", None, "no"), ("money", "amount", "eur")}
    profile = server.about(Profile, SHOP)["shop.raw.orders"]
    assert (profile.rows, [(one.column, one.nulls, one.distinct) for one in profile.columns]) == (
        1000,
        [("amount", 3, 800)],
    )
    records = server.export()
    checks = {(one.name, one.column) for one in records if isinstance(one, Check)}
    passed = {(one.column, one.passed) for one in records if isinstance(one, CheckResult)}
    assert len(checks) == 2
    assert passed == {("id", True), ("id", False)}
