"""`strabo demo`, as a newcomer runs it; and what it leaves behind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[..., Any]
Strabo = Callable[..., Any]

WORKFLOWS = ("shop", "warehouse", "pipelines")


@pytest.mark.slow
def test_the_demo_shows_what_strabo_does_and_leaves_it_to_play_with(strabo: Strabo, ask: Ask, folder: Path) -> None:
    done = strabo("demo", "--path", "a company")
    said = done.out + done.err
    assert said.count(" = ") >= 5  # listed = written + …
    assert "≠" not in said
    for words in (
        "warehouse.marts.fct_order_items",  # search, and the table
        "One row per line of an order",
        "revenue ← amount (aggregation)",  # lineage, to the column,
        "sqlite://demo/shop.db/order_items (table)",  # across both systems
        "file://demo/exports/revenue_by_month.csv",  # impact
        "+ column loyalty_tier: TEXT",  # diff, of both runs of the second day
        "~ column net_amount type: DECIMAL(13,2) → DECIMAL(14,2)",
        "- sqlite://demo/shop.db/legacy_newsletter",
    ):
        assert words in said, words

    catalog = ("--catalog", "a company/strabo.db")
    before = strabo(*catalog, "export").out
    for name in WORKFLOWS:
        again = ask(*catalog, "ingest", f"a company/workflows/{name}.yaml")
        assert (again["status"], again["written"], again["retired"]) == ("succeeded", 0, 0), name
        assert again["unchanged"] == again["listed"] - again["filtered"]
    assert strabo(*catalog, "export").out == before
    graph = ask(*catalog, "lineage", "exports/revenue_by_month.csv", "--upstream")
    assert graph["complete"] is True
    systems = {node["ref"]["namespace"].partition(":")[0] for node in graph["nodes"]}
    assert systems == {"file", "duckdb", "sqlite"}
    assert ask(*catalog, "doctor")["ok"] is True
    typed = [
        line.split("strabo --catalog ", 1)[1] for line in done.out.splitlines() if line.startswith("  strabo --cat")
    ]
    assert len(typed) >= 5
    assert "is there already" in strabo("demo", "--path", "a company", code=2).err
    strabo("demo", "--path", "a company", "--force")


def test_the_demo_leaves_a_folder_of_somebody_else_alone(strabo: Strabo, folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "thesis.txt").write_text("years of work", encoding="utf-8")
    for more in ([], ["--force"]):
        assert "name another folder" in strabo("demo", "--path", "mine", *more, code=2).err
    assert [path.name for path in (folder / "mine").iterdir()] == ["thesis.txt"]
