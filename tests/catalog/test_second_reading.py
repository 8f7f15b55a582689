"""What a second reading of the write path found: proof, identity and accounting where scopes, feeds and steps meet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from strabo.model.records import (
    Container,
    Dataset,
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
    first, second = [Container(ref=ONE), table("x", scope=ONE)], [Container(ref=TWO), table("y", scope=TWO)]
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
