"""A run is recorded whatever becomes of it, and what it proposes waits for a person."""

from collections.abc import Iterator

import pytest

from strabo.catalog.ingesting import close_lost_runs, confirm, dry_run, run_workflow, scopes_done
from strabo.errors import Unavailable, UsageError
from strabo.ingest.contracts import RunContext
from strabo.ingest.runner import Steps
from strabo.model.records import Failed, Record, ScopeComplete
from strabo.store.memory import MemoryStore
from strabo.store.sqlite import SqliteStore
from strabo.testing.catalog import SCOPE, table, visible


class Saying:
    def __init__(self, *said: Record | BaseException) -> None:
        self.said = said

    def read(self) -> Iterator[Record]:
        for record in self.said:
            if isinstance(record, BaseException):
                raise record
            yield record


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: object) -> Iterator[MemoryStore | SqliteStore]:
    store = MemoryStore() if request.param == "memory" else SqliteStore(f"{tmp_path}/c.db")
    yield store
    store.close()


DONE = ScopeComplete(ref=SCOPE)
TABLES = [table(f"t{i}") for i in range(20)]


def steps(*said: Record | BaseException) -> Steps:
    return Steps(Saying(*said))


def test_a_run_is_recorded_with_its_counts(store: MemoryStore | SqliteStore) -> None:
    report = run_workflow(store, steps(*TABLES, DONE), RunContext(feed="pg"), workflow="w.yaml")
    assert (report.status, report.listed, report.written) == ("succeeded", 20, 20)
    assert store.run(report.run) == report
    again = run_workflow(store, steps(*TABLES, DONE), RunContext(feed="pg"))
    assert (again.status, again.written, again.unchanged) == ("succeeded", 0, 20)


def test_a_run_that_broke_off_keeps_its_completed_scopes(store: MemoryStore | SqliteStore) -> None:
    other = table("other").ref
    said: list[Record | BaseException] = [*TABLES[:3], DONE, table("x", scope=other), Unavailable("gone", fix="wait")]
    report = run_workflow(store, steps(*said), RunContext(feed="pg"))
    assert (report.status, report.exit_code, report.problem) == ("failed", 3, "gone")
    assert store.run(report.run) == report
    assert store.counts() == {"table": 3}
    assert scopes_done(store, "pg") == {SCOPE}


def test_a_limited_run_retires_nothing(store: MemoryStore | SqliteStore) -> None:
    run_workflow(store, steps(*TABLES, DONE), RunContext(feed="pg"))
    report = run_workflow(store, steps(*TABLES, DONE), RunContext(feed="pg", confirmed=True), limit=2)
    assert (report.listed, report.unchanged, report.retired) == (2, 2, 0)
    assert store.counts() == {"table": 20}


def test_a_dry_run_shows_and_leaves_nothing(store: MemoryStore | SqliteStore) -> None:
    run_workflow(store, steps(*TABLES, DONE), RunContext(feed="pg"))
    before = visible(store), store.last(), store.feeds()
    plan = dry_run(store, steps(table("t0", "new"), *TABLES[4:], table("made"), DONE), RunContext(feed="pg"))
    assert {(o.ref.name, o.change) for o in plan.diff.objects} == {
        ("shop.public.t0", "changed"), ("shop.public.made", "created"),
        *((f"shop.public.t{i}", "retired") for i in (1, 2, 3)),
    }  # fmt: skip
    assert (visible(store), store.last(), store.feeds()) == before


def test_a_held_retirement_is_confirmed(store: MemoryStore | SqliteStore) -> None:
    run_workflow(store, steps(*TABLES, DONE), RunContext(feed="pg"))
    held = run_workflow(store, steps(*TABLES[10:], DONE), RunContext(feed="pg"))
    assert (held.status, held.exit_code, held.proposed, held.retired) == ("held", 1, 10, 0)
    assert confirm(store, held.run, actor="ann") == 10
    assert store.counts() == {"table": 10}
    saved = store.run(held.run)
    assert saved is not None
    assert (saved.status, saved.retired, saved.proposed) == ("succeeded", 10, 0)
    moment = store.moment(store.last())
    assert moment is not None
    assert moment.actor == "ann"
    with pytest.raises(UsageError, match="no longer open"):
        confirm(store, held.run)
    with pytest.raises(UsageError, match="there is no run 999"):
        confirm(store, 999)


def test_confirming_leaves_the_feeds_standing(store: MemoryStore | SqliteStore) -> None:
    context = RunContext(feed="guesses", standing=3)
    run_workflow(store, steps(*TABLES, DONE), context)
    confirm(store, run_workflow(store, steps(*TABLES[10:], DONE), context).run)
    assert [f.standing for f in store.feeds().values()] == [3]


def test_an_error_that_is_no_text_is_recorded(store: MemoryStore | SqliteStore) -> None:
    failed = Failed(ref=table("x").ref, call="open", error="no such file: caf\udce9.csv")
    report = run_workflow(store, steps(*TABLES[:1], failed), RunContext(feed="pg"))
    assert (report.status, report.listed) == ("incomplete", 2)
    assert store.run(report.run) is not None


def test_a_run_whose_process_is_gone_is_found_out(store: MemoryStore | SqliteStore) -> None:
    run = store.start_run("pg", workflow="")
    assert close_lost_runs(store, alive=lambda _: True) == []
    assert close_lost_runs(store, alive=lambda _: False) == [run]
    report = store.run(run)
    assert report is not None
    assert (report.status, report.exit_code) == ("lost", 4)
    assert "--resume" in (report.fix or "")
