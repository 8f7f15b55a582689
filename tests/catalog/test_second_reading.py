"""What a second reading of the write path found: proof, identity and accounting where scopes, feeds and steps meet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strabo.catalog.ingesting import confirm, run_workflow
from strabo.catalog.lineage import impact, lineage
from strabo.catalog.view import last_seen
from strabo.errors import UsageError
from strabo.ingest.contracts import RunContext
from strabo.ingest.report import Report
from strabo.ingest.runner import Steps
from strabo.model import naming
from strabo.model.records import (
    ColumnEdge,
    Container,
    Dataset,
    Failed,
    Filtered,
    Job,
    Lineage,
    Record,
    SameAs,
    ScopeComplete,
    Skipped,
    Stats,
    Upstream,
)
from strabo.model.ref import Ref
from strabo.sinks.catalog import CatalogBulkSink, CatalogSink, CatalogSinkConfig
from strabo.sinks.jsonl import JsonlConfig, JsonlSink
from strabo.sinks.stage import FileStage, FileStageConfig
from strabo.store.memory import MemoryStore
from strabo.store.protocol import Store
from strabo.store.sqlite import SqliteStore
from strabo.testing.catalog import PG, SCOPE, ingest, put, table

DB, ONE, TWO = Ref(PG, "shop"), Ref(PG, "shop.one"), Ref(PG, "shop.two")
BOTH = ("dataset", "container")
DONE = ScopeComplete(ref=SCOPE)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "c.db")
    yield made
    made.close()


def live(store: Store) -> list[str]:
    return sorted(n.ref.name.removeprefix("shop.") for n in store.by_prefix(PG, "", 999) if n.live)


# --- proof


@pytest.mark.parametrize("instead", [Filtered(ref=TWO, rule="r"), Skipped(ref=TWO, reason="no grant")], ids=str)
def test_what_lies_below_something_left_out_is_not_gone(store: Store, instead: Record) -> None:
    first: list[Record] = [Container(ref=ONE), table("x", scope=ONE)]
    second: list[Record] = [Container(ref=TWO), table("y", scope=TWO)]
    done = ScopeComplete(ref=DB, covers=BOTH)
    ingest(store, [[*first, *second, done]])
    before = live(store)
    assert ingest(store, [[*first, instead, done]]).retired == 0
    assert live(store) == before
    assert ingest(store, [[*first, done]]).retired == 2


def test_a_wider_scope_neither_repeats_nor_overrules_a_proposal(store: Store) -> None:
    few = [table(f"x{i}", scope=ONE) for i in range(20)]
    many = [table(f"y{i}", scope=TWO) for i in range(400)]
    ends = ScopeComplete(ref=ONE), ScopeComplete(ref=TWO), ScopeComplete(ref=DB)
    ingest(store, [[*few, ends[0], *many, *ends[1:]]])
    tally = ingest(store, [[*few[10:], ends[0], *many, *ends[1:]]])  # half of one schema, 2 % of the database
    assert (tally.retired, tally.proposed) == (0, 10)
    assert len(live(store)) == 420
    run = store.runs(1)[0].run
    assert len([a for a in store.accounts(run) if a.state == "proposed"]) == 10


def test_a_filter_finds_an_object_that_another_feed_spells_otherwise(store: Store) -> None:
    put(store, [table("ORDERS")], feed="elsewhere")
    ingest(store, [[table("orders", "id"), DONE]])
    assert ingest(store, [[Filtered(ref=table("orders").ref, rule="r"), DONE]]).retired == 0
    assert len(list(store.scan())) == 2


def test_a_part_that_could_not_be_read_of_a_schema_is_not_withdrawn_from_its_tables(store: Store) -> None:
    a = table("a")
    ingest(store, [[a, Stats(ref=a.ref, rows=1), DONE]])
    ingest(store, [[a, Skipped(ref=SCOPE, part="sizes", reason="no grant"), DONE]])
    assert len(list(store.scan())) == 2
    ingest(store, [[a, DONE]])
    assert len(list(store.scan())) == 1


def test_memory_of_what_was_left_out_is_that_of_one_scope(store: Store) -> None:
    kept = table("kept", scope=ONE)
    left: list[Record] = [Filtered(ref=table(f"t{i}", scope=ONE).ref, rule="r") for i in range(9)]
    below = Dataset(ref=Ref(PG, "shop.one.t1.part"))
    ends = ScopeComplete(ref=ONE), ScopeComplete(ref=DB)
    ingest(store, [[kept, below, *ends]])
    assert ingest(store, [[kept, *left, ends[0]], [ends[1]]]).retired == 0


# --- lineage


def test_the_lineage_of_a_job_goes_with_the_job(store: Store) -> None:
    job = Ref("airflow://af", "dag.task")
    done = ScopeComplete(ref=Ref("airflow://af", ""), covers=("job",))
    moves = Lineage(ref=table("o").ref, upstreams=(Upstream(ref=table("i").ref),), job=job)
    stays = Lineage(ref=table("o").ref, upstreams=(Upstream(ref=table("j").ref),), job=job)
    put(store, [stays], feed="other")
    ingest(store, [[Job(ref=job), moves, done]], feed="af")
    assert len(list(store.all_edges())) == 2
    ingest(store, [[Job(ref=job), done]], feed="af")  # it moves nothing any more
    assert len(list(store.all_edges())) == 1
    ingest(store, [[Job(ref=job), moves, done]], feed="af")
    assert ingest(store, [[done]], feed="af").retired == 1
    assert len(list(store.all_edges())) == 1


def test_lineage_from_a_job_of_a_later_scope_is_not_closed_and_opened_again(store: Store) -> None:
    job = Ref(PG, "shop.two.proc")
    moves = Lineage(ref=table("o", scope=ONE).ref, upstreams=(Upstream(ref=table("i", scope=ONE).ref),), job=job)
    tables: list[Record] = [table("o", scope=ONE), table("i", scope=ONE), ScopeComplete(ref=ONE)]
    done = ScopeComplete(ref=TWO, covers=("dataset", "job"))
    ingest(store, [[*tables, Job(ref=job), moves, done]])
    last = store.last()
    assert ingest(store, [[*tables, Job(ref=job), moves, done]]).written == 0
    assert list(store.changes(last, store.last())) == []
    ingest(store, [[*tables, Job(ref=job), done]])
    assert list(store.all_edges()) == []


# --- identity


def test_two_spellings_of_one_object_in_one_push(store: Store) -> None:
    put(store, [table("orders")])
    put(store, [Stats(ref=table("orders").ref, rows=1), Stats(ref=table("ORDERS").ref, rows=2)])
    assert len(list(store.scan())) == 2


def test_an_alias_outlives_the_spelling_it_was_said_with(store: Store) -> None:
    link, late, real = Ref("x", "link"), Ref("x", "late"), table("orders").ref
    put(store, [SameAs(ref=link, other=table("ORDERS").ref)])
    ingest(store, [[Dataset(ref=real)]])
    put(store, [SameAs(ref=late, other=real)])
    ids = store.find([link, late, real])
    assert store.members(ids[real]) == [ids[real], *sorted((ids[link], ids[late]))]


# --- steps


class Saying:
    """A source that says this, and raises what is an error. It can leave out scopes that are done."""

    def __init__(self, *said: Record | Exception) -> None:
        self.said = said

    def read(self) -> Iterator[Record]:
        for record in self.said:
            if isinstance(record, Exception):
                raise record
            yield record

    def read_rest(self, done: frozenset[Ref]) -> Iterator[Record]:
        for record in self.read():
            if not any(record.ref == scope or naming.within(scope, record.ref) for scope in done):
                yield record


def run(store: Store, *said: Record | Exception, resume: bool = False, standing: int = 1, **steps: Any) -> Report:
    path = str(store.path) if isinstance(store, SqliteStore) else ""
    context = RunContext(feed="pg", catalog=path, resume=resume, standing=standing)
    return run_workflow(store, Steps(Saying(*said), **steps), context)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "c.db")
    yield made
    made.close()


TABLES = [table(f"t{i}") for i in range(20)]
TWO_SCHEMAS: list[Record] = [
    *(table(f"x{i}", scope=ONE) for i in range(5)),
    ScopeComplete(ref=ONE),
    *(table(f"y{i}", scope=TWO) for i in range(5)),
    ScopeComplete(ref=TWO),
    ScopeComplete(ref=DB),
]


def test_what_a_processor_swallows_is_not_retired(store: Store) -> None:
    def drop(records: Any) -> Iterator[Record]:
        yield from (r for r in records if r.ref != TABLES[0].ref)

    def rename(records: Any) -> Iterator[Record]:
        for record in records:
            yield Dataset(ref=Ref(PG, f"{record.ref.name}_2")) if isinstance(record, Dataset) else record

    run(store, *TABLES, DONE)
    report = run(store, *TABLES, DONE, processors=[("drop", drop)])
    assert (report.status, report.retired, report.lost) == ("incomplete", 0, 1)
    assert len(live(store)) == 20
    report = run(store, *TABLES[:2], DONE, processors=[("rename", rename)])
    assert (report.status, report.listed, report.proposed) == ("held", 2, 20)


def test_a_resumed_run_does_not_retire_what_the_run_before_it_listed(store: Store) -> None:
    run(store, *TWO_SCHEMAS)
    run(store, *TWO_SCHEMAS[:7], RuntimeError("torn"))
    report = run(store, *TWO_SCHEMAS, resume=True)
    assert (report.status, report.listed, report.retired) == ("succeeded", 5, 0)
    assert len(live(store)) == 10


def test_a_resumed_stage_reconciles(file: SqliteStore, tmp_path: Path) -> None:
    def steps() -> dict[str, Any]:
        bulk_sink = CatalogBulkSink(CatalogSinkConfig())
        return {"stage": FileStage(FileStageConfig(path=tmp_path / "staged.jsonl")), "bulk_sink": bulk_sink}

    run(file, *TWO_SCHEMAS[:7], RuntimeError("torn"), **steps())
    report = run(file, *TWO_SCHEMAS, resume=True, **steps())
    assert (report.status, report.listed, report.written) == ("succeeded", 10, 10)


def test_a_record_that_the_stage_refused_proves_no_absence(file: SqliteStore, tmp_path: Path) -> None:
    broken: Any = Dataset(ref=TABLES[0].ref, properties={"a": object()})  # type: ignore[dict-item]
    for first in (TABLES[0], broken):
        report = run(
            file, first, *TABLES[1:], DONE,
            stage=FileStage(FileStageConfig(path=tmp_path / f"{first is broken}.jsonl")),
            bulk_sink=CatalogBulkSink(CatalogSinkConfig()),
        )  # fmt: skip
    assert (report.status, report.failed, report.retired) == ("incomplete", 1, 0)
    assert len(live(file)) == 20
    assert [a.state for a in file.accounts(report.run)] == ["failed"]


def test_a_proposal_is_heard_wherever_the_catalog_stands_among_the_sinks(file: SqliteStore, tmp_path: Path) -> None:
    for said in (TABLES, TABLES[10:]):
        sinks = [JsonlSink(JsonlConfig(path=tmp_path / "o.jsonl")), CatalogSink(CatalogSinkConfig())]
        report = run(file, *said, DONE, sinks=sinks)
    assert (report.status, report.proposed) == ("held", 10)
    assert confirm(file, report.run) == 10


def test_another_catalog_records_the_run_and_ours_keeps_the_accounts(file: SqliteStore, tmp_path: Path) -> None:
    left = Filtered(ref=table("f").ref, rule="r")
    for said in (TABLES, TABLES[10:]):
        sink = CatalogSink(CatalogSinkConfig(path=str(tmp_path / "other.db")))
        report = run(file, *said, left, DONE, sinks=[sink])
    assert [a.state for a in file.accounts(report.run)] == ["filtered"]
    other = SqliteStore(tmp_path / "other.db")
    assert [(r.status, r.listed, r.written, r.unchanged, r.proposed) for r in other.runs(9)] == [
        ("held", 10, 0, 10, 10),
        ("succeeded", 20, 20, 0, 0),
    ]
    assert confirm(other, 2) == 10
    other.close()


def test_confirming_leaves_what_a_later_run_has_listed(store: Store) -> None:
    run(store, *TABLES, DONE)
    held = run(store, *TABLES[10:], DONE)
    run(store, *TABLES[3:], DONE, RuntimeError("torn"))
    assert confirm(store, held.run) == 3
    assert len(live(store)) == 17


def test_a_login_in_an_error_is_not_kept(file: SqliteStore, tmp_path: Path) -> None:
    said = "cannot reach postgres://ann:hunter2@db:5432/shop, nor 'mysql://:hunter2@db'"

    def broken(records: Any) -> Iterator[Record]:
        for record in records:
            if record.ref == TABLES[1].ref:
                raise ValueError(said)
            yield record

    heard: list[Any] = []
    report = run_workflow(
        file,
        Steps(
            Saying(*TABLES, Failed(ref=SCOPE, call="x", error=said), Skipped(ref=DB, reason=said), RuntimeError(said)),
            [("broken", broken)],
            [CatalogSink(CatalogSinkConfig()), JsonlSink(JsonlConfig(path=tmp_path / "o.jsonl"))],
        ),
        RunContext(feed="pg", catalog=str(file.path)),
        tell=heard.append,
    )  # fmt: skip
    assert report.problem is not None
    assert "postgres://***@db:5432/shop" in report.problem
    kept = repr((report, heard, list(file.accounts(report.run)), file.runs(9)))
    assert "cannot reach" in kept
    assert "hunter2" not in kept
    assert b"hunter2" not in b"".join(p.read_bytes() for p in tmp_path.iterdir())


def test_what_a_step_says_when_it_is_told_of_the_run_is_in_its_record(store: Store) -> None:
    class Refusing(Saying):
        def bind(self, context: RunContext) -> None:
            raise UsageError("not this run", fix="another")

    with pytest.raises(UsageError):
        run_workflow(store, Steps(Refusing()), RunContext(feed="pg"))
    (report,) = store.runs(9)
    assert (report.status, report.problem, report.exit_code) == ("failed", "not this run", 2)


def test_the_accounts_of_a_run_do_not_move_its_feeds_standing(store: Store) -> None:
    run(store, *TABLES, Filtered(ref=SCOPE, rule="r"), RuntimeError("torn"), standing=2)
    assert [f.standing for f in store.feeds().values()] == [2]


# --- time


class Counting:
    """A reader that counts what it is asked."""

    def __init__(self, reader: Any) -> None:
        self._reader, self.asked = reader, 0

    def __getattr__(self, name: str) -> Any:
        self.asked += 1
        return getattr(self._reader, name)


def test_lineage_asks_in_sets_however_many_edges_there_are(store: Store) -> None:
    asked = []
    for count in (2, 40):
        hub = table(f"hub{count}", "a")
        flow = (ColumnEdge(source="a", target="a"),)
        fed = [table(f"v{count}_{i}", "a") for i in range(count)]
        up = (Upstream(ref=table(f"HUB{count}").ref, columns=flow),)
        job = Ref("jobs", "nightly")
        put(store, [hub, *fed])
        put(store, [Lineage(ref=f.ref, upstreams=up, job=job) for f in fed])
        reader = Counting(store)
        assert len(impact(reader, f"hub{count}.a")) == count
        graph = lineage(reader, hub.ref, columns=True)
        assert {(link.source, link.target) for e in graph.edges for link in e.columns} == {("a", "a")}
        asked.append(reader.asked)
    assert asked[0] == asked[1]


def test_an_object_was_last_seen_by_its_own_feed_however_many_runs_others_had(store: Store) -> None:
    ingest(store, [[table("a"), table("gone"), DONE]], feed="weekly")
    for i in range(60):
        ingest(store, [[table(f"b{i % 3}"), DONE]], feed="hourly")
    ids = store.find([table("a").ref, table("gone").ref])
    assert [last_seen(store, [node])[0] for node in ids.values()] == [1, 1]
    ingest(store, [[table("a"), DONE]], feed="weekly")
    assert [last_seen(store, [node])[0] for node in ids.values()] == [62, 1]


def test_a_proposal_can_be_confirmed_where_another_scope_had_failures(store: Store) -> None:
    run(store, *TABLES, DONE)
    report = run(store, *TABLES[10:], DONE, Failed(ref=TWO, call="list", error="torn"))
    assert (report.status, report.proposed) == ("incomplete", 10)
    assert confirm(store, report.run) == 10
    assert store.runs(1)[0].status == "incomplete"
    with pytest.raises(UsageError, match="no longer open"):
        confirm(store, report.run)
