"""`search`, `show`, `history`, `diff`, `lineage`, `impact`: what they say of a catalog that a run has filled."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
Ask = Callable[..., Any]
Sql = Callable[..., None]
Golden = Callable[[str, str], None]

GOLDEN = {
    "search.json": ["search", "orders"],
    "search-repaired.json": ["search", "custommer"],
    "show.json": ["show", "orders"],
    "show-view.json": ["show", "revenue"],
    "history.json": ["history", "best"],
    "diff.json": ["diff"],
    "lineage.json": ["lineage", "revenue", "--columns"],
    "impact.json": ["impact", "orders.amount"],
    "runs.json": ["runs"],
    "run.json": ["runs", "show", "1", "--objects"],
    "test.json": ["test", "shop.db"],
    "config.json": ["config", "explain", "sqlite"],
    "error.json": ["show", "nothing.like.it"],
}


@pytest.mark.parametrize("name", GOLDEN)
def test_json_shapes_stay(name: str, filled: Path, run: Run, golden: Golden) -> None:
    import re

    result = run(*GOLDEN[name], "--json", code=2 if name == "error.json" else 0)
    text = result.stderr if name == "error.json" else result.stdout
    golden(name, re.sub(r'"score":[\d.]+', '"score":1', text))


@pytest.mark.parametrize("line", [["show", "orders"], ["lineage", "best"], ["impact", "orders.amount"], ["diff"]])
def test_text_stays(line: list[str], filled: Path, run: Run, golden: Golden) -> None:
    import re

    text = re.sub(r" \([^()]*(ago|just now)\)", " (AGO)", run(*line).stdout)
    golden(f"{line[0]}.txt", re.sub(r"(?<=\S) {2,}", "  ", text))  # columns are as wide as the folder's name is long


def test_json_before_and_after_the_command_is_the_same(filled: Path, run: Run) -> None:
    assert run("--json", "search", "orders").stdout == run("search", "orders", "--json").stdout


def test_search_for_people(filled: Path, run: Run) -> None:
    result = run("search", "revenue")
    assert result.stdout.startswith(f"sqlite://{filled}/shop.db/revenue  view\n")
    assert "kind: view" in result.stderr
    mended = run("search", "custommer")
    assert "this is for 'customer'" in mended.stderr
    none = run("search", "zebra\x1b[31m").stderr
    assert "nothing found" in none
    assert "\x1b" not in none
    assert "no filter 'kindd'" in run("search", "kindd:view", code=2).stderr


def test_an_unknown_name_says_where_to_look(filled: Path, run: Run) -> None:
    text = run("show", "nothing", code=2).stderr
    assert "the catalog has nothing called 'nothing'" in text
    assert "`strabo search nothing`" in text


def test_an_ambiguous_name_lists_the_candidates(filled: Path, run: Run, sql: Sql) -> None:
    sql(filled / "crm.db", "create table orders (a)")
    run("ingest", "crm.db", "--quiet")
    text = run("show", "orders", code=2).stderr
    assert "'orders' could be 2 objects" in text
    assert f"sqlite://{filled}/crm.db/orders" in text
    assert "say more of the name" in text


def test_a_wrong_time_says_what_is_one(filled: Path, run: Run) -> None:
    assert "is no time" in run("search", "x", "--at", "noon-ish", code=2).stderr
    assert "there is no run 77" in run("diff", "run:77", code=2).stderr


def test_no_name_steers_the_terminal(folder: Path, run: Run, sql: Sql) -> None:
    sql(
        folder / "evil.db",
        'create table "a\x1b[31m\x9b\u202eb" (c text); create view v as select * from "a\x1b[31m\x9b\u202eb"',
    )
    seen = [run("ingest", "evil.db", "--dry-run"), run("ingest", "evil.db")]
    seen += [run("search", "c"), run("search", "kind:table"), run("diff"), run("runs", "show", "1", "--objects")]
    name = f"sqlite://{folder}/evil.db/a\x1b[31m\x9b\u202eb"
    seen += [run(command, name) for command in ("show", "history", "lineage", "impact")]
    seen += [run("show", "x\x1b[31m", code=2), run("search", "nothing\x1b[31m")]
    for result in seen:
        assert not set(result.output) & set("\x1b\x9b\u202e")


def test_diff_as_an_exit_code(filled: Path, run: Run, ask: Ask, sql: Sql) -> None:
    run("diff", "--exit-code", code=1)
    run("diff")
    run("diff", "now", "now", "--exit-code")
    sql(
        filled / "shop.db", "alter table orders add column vat real; insert into customer values (1, 'a', 'b'); analyze"
    )
    run("ingest", "shop.db", "--quiet")
    told = ask("diff", "run:2", "run:2", "--within", "orders")
    assert [(o["ref"]["name"], o["change"]) for o in told["objects"]] == [("orders", "changed")]
    assert len(ask("diff", "--all")["objects"]) >= len(ask("diff")["objects"])
    past = ask("show", "orders", "--at", "run:1")
    assert [c["name"] for c in past["columns"]] == ["id", "customer_id", "amount"]


def test_history_can_be_cut(filled: Path, ask: Ask, run: Run) -> None:
    assert len(ask("history", "orders", "--limit", "1")["events"]) == 1
    assert "older step" in run("history", "orders", "--limit", "1").stderr


def test_lineage_directions_and_forms(filled: Path, ask: Ask, run: Run) -> None:
    def names(*more: str) -> set[str]:
        return {n["ref"]["name"] for n in ask("lineage", "revenue", *more)["nodes"]}

    assert names() == {"revenue", "orders", "customer", "best"}
    assert names("--upstream") == {"revenue", "orders", "customer"}
    assert names("--downstream") == {"revenue", "best"}
    assert names("--upstream", "--downstream") == names()
    assert {n["ref"]["name"] for n in ask("lineage", "best", "--hops", "1")["nodes"]} == {"best", "revenue"}
    assert run("lineage", "revenue", "--format", "mermaid").stdout.startswith("flowchart LR\n")
    assert run("lineage", "revenue", "--format", "dot").stdout.startswith("digraph")
    assert run("lineage", "revenue", "--format", "json").stdout == run("lineage", "revenue", "--json").stdout
    assert run("lineage", f"sqlite://{filled}/shop.db").stderr == "no lineage is known of it\n"
    assert "has no column 'nothing'" in run("lineage", "revenue.nothing", code=2).stderr
    assert names("--fresh", "30d") == names()
    assert names("--like", "*/best") == {"revenue", "best"}
    assert names("--kind", "table") == {"revenue", "orders", "customer"}
    assert run("lineage", "revenue", "--kind", "nothing").stderr == "3 objects on other ways not shown\n"
    assert "'soon' is no length of time" in run("lineage", "revenue", "--fresh", "soon", code=2).stderr


def test_impact_forms_and_orders(filled: Path, ask: Ask, run: Run) -> None:
    told = ask("impact", "orders")
    assert {r["name"] for r in told["rows"]} == {"revenue", "best"}
    assert told["objects"] == 2
    rows = list(csv.DictReader(io.StringIO(run("impact", "orders", "--format", "csv").stdout)))
    assert list(rows[0]) == list(told["rows"][0])
    assert len(rows) == len(told["rows"])
    by_name = [r["name"] for r in ask("impact", "orders", "--sort", "name")["rows"]]
    assert by_name == sorted(by_name)
    assert run("impact", "best").stderr == "nothing is known to depend on it\n"
