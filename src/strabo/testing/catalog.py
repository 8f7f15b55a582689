"""What the catalog promises over any store. Subclass it and override the fixture `store` with an empty one of yours."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strabo.catalog.changes import diff, history
from strabo.catalog.intake import Counts, Guard, Intake
from strabo.catalog.publish import Publisher
from strabo.ingest.contracts import Tally
from strabo.model import codec, naming
from strabo.model.records import (
    ENTITIES,
    Column,
    Container,
    Dataset,
    Failed,
    Filtered,
    JobRun,
    Lineage,
    Record,
    RunStatus,
    SameAs,
    ScopeComplete,
    Skipped,
    Stats,
    Tag,
    Tags,
    Upstream,
)
from strabo.model.ref import Ref
from strabo.model.rewrite import map_refs
from strabo.search.query import parse
from strabo.store.memory import MemoryStore
from strabo.store.protocol import Store
from strabo.testing.records import FACT_KINDS, one_of_each, record_about, refs

PG = "postgres://db:5432"
SCOPE = Ref(PG, "shop.public")


def table(name: str, *columns: str, scope: Ref = SCOPE, **more: Any) -> Dataset:
    """A table of the scope with these columns."""
    ref = Ref(scope.namespace, f"{scope.name}.{naming.join(name)}")
    return Dataset(ref=ref, columns=tuple(Column(name=c, type="text", kind="text") for c in columns), **more)


def put(store: Store, records: Iterable[Record], *, feed: str = "push") -> Counts:
    """What a push does, in one transaction."""
    intake = Intake(feed)
    with store.writing(feed=feed) as writer:
        intake.take(writer, records)
    return intake.counts()


def ingest(
    store: Store, batches: Sequence[Sequence[Record]], *, feed: str = "pg", guard: Guard | None = None, run: int = 0
) -> Tally:
    """What a run does: the tally of all its batches."""
    run = run or store.start_run(feed, workflow="")
    publisher = Publisher(store, Intake(feed, run=run, guard=guard, spells=True))
    total = Tally()
    for tally in [*(publisher.write(b) for b in batches), publisher.close(complete=True)]:
        total.written += tally.written
        total.unchanged += tally.unchanged
        total.retired += tally.retired
        total.proposed += tally.proposed
        total.failures = [*total.failures, *tally.failures]
    return total


def visible(store: Store) -> dict[str, Any]:
    """All that can be seen of a catalog, ids left out."""
    everything = list(store.scan())
    names = store.feeds()
    ids = {f.node for f in everything} | {i for edge in store.all_edges() for i in edge}
    ids |= {n.id for namespace in store.namespaces() for n in store.by_prefix(namespace, "", 10_000)}
    nodes = store.nodes(ids)
    return {
        "facts": sorted((nodes[f.node].ref, f.aspect, names[f.feed].name, f.part, f.body) for f in everything),
        "nodes": sorted((n.ref, n.kind) for n in nodes.values() if n.live),
        "edges": sorted((nodes[a].ref, nodes[b].ref) for a, b in store.all_edges()),
        "words": dict(store.vocabulary()),
        "same": {frozenset(n.ref for n in store.nodes(m).values()) for i in ids if len(m := store.members(i)) > 1},
        "labels": {nodes[i].ref: labels for i in ids if (labels := store.labels([i]))},
        "counts": (store.counts(), store.namespaces()),
    }


@st.composite
def statements(draw: st.DrawFn) -> list[Record]:
    """Independent facts: no two of one key, no object announced as two things, no two names that fold the same."""
    pool = draw(st.lists(refs(), min_size=2, max_size=6, unique_by=lambda r: (r.namespace, naming.fold(r))))
    found: dict[Any, Record] = {}
    for _ in range(draw(st.integers(1, 8))):
        record = draw(record_about(draw(st.sampled_from(pool)), draw(st.sampled_from(FACT_KINDS))))
        ref = record.ref
        record = map_refs(record, lambda r: r if r == ref else pool[len(str(r)) % len(pool)])  # noqa: B023 - used at once
        name = getattr(record, "name", None) or getattr(record, "id", None) or getattr(record, "column", None)
        found.setdefault((record.ref, type(record), str(name)), record)
    return list({(r.ref, type(r) in ENTITIES or type(r)): r for r in found.values()}.values())


_STATES: tuple[RunStatus, ...] = ("running", "succeeded")
_FEW = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,  # a test makes a store for each example
        HealthCheck.differing_executors,  # a suite is run for several stores
        HealthCheck.too_slow,
    ],
)


class CatalogContract:
    """The promises of the one write path."""

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        """An empty store, closed after the test."""
        raise NotImplementedError("override the fixture `store`")

    @pytest.fixture
    def another(self) -> Any:
        """A function that makes one more empty store; memory's will do to compare with."""
        return MemoryStore

    # --- put twice is put once

    def test_every_kind_of_record_is_kept_as_it_was_said(self, store: Store) -> None:
        samples = one_of_each()
        assert put(store, samples).failures == []
        kept = {f.aspect: codec.decode(f.body) for f in store.scan()}
        assert {type(r) for r in kept.values()} == set(FACT_KINDS)
        for record in kept.values():
            (said,) = (s for s in samples if type(s) is type(record))
            assert {f: getattr(record, f) for f in record.__struct_fields__ if f != "ref"} == {
                f: getattr(said, f) for f in said.__struct_fields__ if f != "ref"
            }

    def test_putting_twice_is_putting_once(self, store: Store) -> None:
        samples = one_of_each()
        put(store, samples)
        before, last = visible(store), store.last()
        counts = put(store, samples)
        assert counts.written == 0
        assert counts.unchanged == sum(type(r) in ENTITIES for r in samples)
        assert visible(store) == before
        assert list(store.changes(last, store.last())) == []
        assert diff(store, last, store.last()).objects == ()

    @_FEW
    @given(data=st.data(), said=statements())
    def test_any_order_and_batching_ends_the_same(self, another: Any, data: st.DataObject, said: list[Record]) -> None:
        order = data.draw(st.permutations(said))
        cuts = sorted(data.draw(st.sets(st.integers(0, len(order)))))
        one, many = another(), another()
        put(one, said)
        for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True):
            put(many, order[start:end])
        put(many, data.draw(st.permutations(said)))
        assert visible(one) == visible(many)
        one.close()
        many.close()

    def test_one_bad_record_costs_only_itself(self, store: Store) -> None:
        bad: list[Any] = [
            Dataset(ref=Ref(PG, "a\0b")),
            Dataset(ref=Ref(PG, "lone \ud800 half")),
            Dataset(ref=Ref(PG, "wrong"), columns=("not a column",)),  # type: ignore[arg-type]
            Lineage(ref=Ref(PG, "l"), upstreams=(Upstream(ref=Ref("n\0", "x")),)),
            Dataset(ref=Ref(PG, "unwritable"), properties={"a": object()}),  # type: ignore[dict-item]
            Skipped(ref=Ref(PG, "s\0\ud800"), reason="\udcff"),
        ]
        for _ in range(2):
            counts = put(store, [table("good"), *bad, table("better")])
            assert len(counts.failures) == len(bad) - 1
        assert [n.ref.name for n in store.by_prefix(PG, "", 9) if n.live] == ["shop.public.better", "shop.public.good"]
        for failure in counts.failures:
            codec.decode(codec.encode(failure))

    # --- retirement only on proof

    def test_what_a_complete_listing_leaves_out_is_retired(self, store: Store) -> None:
        a, b = table("a"), table("b")
        done = ScopeComplete(ref=SCOPE)
        assert ingest(store, [[a, Stats(ref=b.ref, rows=1), b, done]]).written == 2
        node = store.find([b.ref])[b.ref]
        tally = ingest(store, [[a, done]])
        assert (tally.written, tally.unchanged, tally.retired) == (0, 1, 1)
        assert store.facts([node]) == []
        assert len(store.past([node])) == 2
        assert not store.nodes([node])[node].live
        assert store.candidates(parse("b"), 9) == []
        assert ingest(store, [[a, b, done]]).written == 1
        assert store.find([b.ref]) == {b.ref: node}
        assert store.nodes([node])[node].live
        events = history(store, [node])
        assert [(e.change, e.aspect) for e in events if e.aspect == "dataset"] == [
            ("created", "dataset"), ("retired", "dataset"), ("created", "dataset"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "instead",
        [
            [],  # the scope was not closed
            [ScopeComplete(ref=Ref(PG, "shop.other"))],
            [ScopeComplete(ref=Ref("mysql://db:3306", "shop.public"))],
            [ScopeComplete(ref=SCOPE, covers=("job",))],
            [Filtered(ref=table("b").ref, rule="exclude b"), ScopeComplete(ref=SCOPE)],
            [Skipped(ref=table("b").ref, reason="locked"), ScopeComplete(ref=SCOPE)],
            [Failed(ref=table("b").ref, call="list", error="torn"), ScopeComplete(ref=SCOPE)],
            [Failed(ref=table("zzz").ref, call="list", error="torn"), ScopeComplete(ref=SCOPE)],
            [Failed(ref=SCOPE, call="list", error="torn"), ScopeComplete(ref=SCOPE)],
            [Dataset(ref=table("x").ref, columns=(1,)), ScopeComplete(ref=SCOPE)],  # type: ignore[arg-type]
        ],
        ids=str,
    )
    @pytest.mark.parametrize("one_by_one", [False, True])
    def test_without_proof_nothing_is_retired(self, store: Store, instead: list[Record], one_by_one: bool) -> None:
        done = ScopeComplete(ref=SCOPE)
        ingest(store, [[table("a"), table("b"), done]])
        before = visible(store)
        again: list[Record] = [table("a"), *instead]
        tally = ingest(store, [[r] for r in again] if one_by_one else [again])
        assert tally.retired == 0
        assert visible(store) == before

    def test_a_push_retires_nothing(self, store: Store) -> None:
        ingest(store, [[table("a"), ScopeComplete(ref=SCOPE)]])
        put(store, [ScopeComplete(ref=SCOPE)], feed="pg")
        assert len(list(store.scan())) == 1

    def test_another_feeds_word_keeps_an_object_alive(self, store: Store) -> None:
        a, done = table("a"), ScopeComplete(ref=SCOPE)
        ingest(store, [[a, done]])
        put(store, [Dataset(ref=a.ref, comment="from elsewhere")], feed="other")
        assert ingest(store, [[done]]).retired == 1
        node = store.find([a.ref])[a.ref]
        assert store.nodes([node])[node].live
        assert [store.feeds()[f.feed].name for f in store.facts([node])] == ["other"]
        assert store.candidates(parse("elsewhere"), 9) == [node]

    def test_a_large_retirement_waits_for_a_persons_word(self, store: Store) -> None:
        done = ScopeComplete(ref=SCOPE)
        tables = [table(f"t{i}") for i in range(20)]
        ingest(store, [[*tables, done]])
        assert ingest(store, [[*tables[5:], done]]).retired == 5  # no more than a handful
        tally = ingest(store, [[*tables[11:], done]])
        assert (tally.retired, tally.proposed) == (0, 6)
        assert store.counts() == {"table": 15}
        run = store.runs(1)[0].run
        proposed = {a.ref for a in store.accounts(run) if a.state == "proposed"}
        assert proposed == {t.ref for t in tables[5:11]}
        assert ingest(store, [[*tables[11:], done]], guard=Guard(limit=0.5)).retired == 6
        confirmed = Guard(confirmed=True)
        assert ingest(store, [[done]], guard=confirmed).retired == 9
        assert store.counts() == {}

    def test_what_is_no_longer_said_of_an_object_ends(self, store: Store) -> None:
        a, done = table("a"), ScopeComplete(ref=SCOPE)
        tags, stats = Tags(ref=a.ref, tags=(Tag(name="pii"),)), Stats(ref=a.ref, rows=1)
        up = Lineage(ref=a.ref, upstreams=(Upstream(ref=table("b").ref),))
        run = JobRun(ref=a.ref, id="1")
        ingest(store, [[a, tags, stats, up, run, done]])
        (node,) = store.find([a.ref]).values()
        assert store.labels([node]) == [("tag", "pii", 1)]
        tally = ingest(store, [[a, stats, done]])
        assert (tally.written, tally.unchanged) == (1, 0)
        assert {type(codec.decode(f.body)) for f in store.facts([node])} == {Dataset, Stats, JobRun}
        assert list(store.all_edges()) == []
        assert store.labels([node]) == []

    def test_a_part_that_could_not_be_read_is_not_withdrawn(self, store: Store) -> None:
        a, done = table("a"), ScopeComplete(ref=SCOPE)
        ingest(store, [[a, Stats(ref=a.ref, rows=1), done]])
        ingest(store, [[a, Skipped(ref=a.ref, part="sizes", reason="no grant"), done]])
        assert len(list(store.scan())) == 2

    @_FEW
    @given(data=st.data())
    def test_a_run_ends_the_same_in_any_batching(self, another: Any, data: st.DataObject) -> None:
        store = another()
        names = ["a", "A", "b", 'c"', "d.e", "straße"]
        first, second = (data.draw(st.lists(st.sampled_from(names), unique=True)) for _ in range(2))
        for chosen in (first, second):
            said: list[Record] = [Container(ref=SCOPE), *(table(n, n) for n in chosen), ScopeComplete(ref=SCOPE)]
            cuts = sorted(data.draw(st.sets(st.integers(0, len(said)))))
            batches = [said[a:b] for a, b in zip([0, *cuts], [*cuts, len(said)], strict=True)]
            tally = ingest(store, batches, guard=Guard(confirmed=True))
            assert tally.failures == []
            assert tally.written + tally.unchanged == len(chosen) + 1
            assert sorted(n.ref for n in store.by_prefix(PG, "shop.public.", 99) if n.live) == sorted(
                table(n).ref for n in chosen
            )
        again = visible(store)
        last = store.last()
        tally = ingest(store, [said])
        assert (tally.written, tally.unchanged, tally.retired) == (0, len(second) + 1, 0)
        assert visible(store) == again
        assert list(store.changes(last, store.last())) == []
        store.close()

    def test_the_last_word_on_a_job_run_counts_in_any_batching(self, store: Store) -> None:
        job = Ref("airflow", "dag.task")
        said: list[Record] = [JobRun(ref=job, id="1", status=s) for s in _STATES]
        apart: list[list[Record]] = [said[:1], [ScopeComplete(ref=job)], said[1:]]
        for batches in ([said], apart):
            assert ingest(store, batches).failures == []
            (fact,) = store.scan()
            record = codec.decode(fact.body)
            assert isinstance(record, JobRun)
            assert record.status == "succeeded"

    def test_two_different_words_on_one_object_are_a_failure(self, store: Store) -> None:
        said = [table("a", "x"), table("a", "y"), table("a", "x")]
        for batches in ([said], [[r] for r in said]):
            tally = ingest(store, batches)
            assert len(tally.failures) == 1
            assert "two different things" in tally.failures[0].error
            assert tally.written + tally.unchanged + len(tally.failures) == 3

    # --- names

    def test_two_spellings_are_one_object_unless_one_feed_lists_both(self, store: Store) -> None:
        lower, upper = table("orders", "x"), table("ORDERS", "x")
        put(store, [upper], feed="airflow")
        ingest(store, [[lower, ScopeComplete(ref=SCOPE)]])
        assert len({f.node for f in store.scan()}) == 1
        ingest(store, [[lower, upper, ScopeComplete(ref=SCOPE)]], feed="both")
        assert {n.ref for n in store.by_prefix(PG, "", 9)} == {lower.ref, upper.ref}

    def test_the_system_itself_says_how_a_name_is_spelled(self, store: Store) -> None:
        pushed, real = Ref("snowflake://acme", "shop.public.orders"), Ref("snowflake://acme", "SHOP.PUBLIC.ORDERS")
        put(store, [Lineage(ref=Ref("n", "x"), upstreams=(Upstream(ref=pushed),))])
        (node,) = store.find([pushed]).values()
        ingest(store, [[Dataset(ref=real)]])
        assert store.find([pushed, real]) == {real: node}
        put(store, [Lineage(ref=Ref("n", "x"), upstreams=(Upstream(ref=pushed), Upstream(ref=real)))])
        assert [e.source for e in store.edges(list(store.find([Ref("n", "x")]).values()), upstream=True)] == [node]

    @pytest.mark.parametrize("flip", [False, True])
    @pytest.mark.parametrize("one_by_one", [False, True])
    def test_aliases_resolve_whichever_came_first(self, store: Store, flip: bool, one_by_one: bool) -> None:
        a, b, c = (Ref(PG, n) for n in "abc")
        said: list[Record] = [
            SameAs(ref=a, other=b),
            SameAs(ref=b, other=c, why="rename"),
            Dataset(ref=c),
            Dataset(ref=a),
        ]
        said = said[::-1] if flip else said
        for batch in [[r] for r in said] if one_by_one else [said]:
            put(store, batch)
        ids = store.find([a, b, c])
        assert {tuple(store.members(i)) for i in ids.values()} == {
            (ids[c], *sorted((ids[a], ids[b]))),
        }

    def test_an_alias_that_is_no_longer_said_is_an_object_of_its_own(self, store: Store) -> None:
        a, b = table("a"), table("b")
        done = ScopeComplete(ref=SCOPE)
        ingest(store, [[a, b, SameAs(ref=a.ref, other=b.ref), done]])
        ids = store.find([a.ref, b.ref])
        assert store.members(ids[a.ref]) == [ids[b.ref], ids[a.ref]]
        ingest(store, [[a, b, done]])
        assert [store.members(i) for i in ids.values()] == [[i] for i in ids.values()]

    # --- looking back

    def test_diff_tells_net_changes(self, store: Store) -> None:
        done = ScopeComplete(ref=SCOPE)
        ingest(store, [[table("a", "x"), table("b"), table("same"), done]])
        start = store.last()
        ingest(store, [[table("a", "x", "y"), table("c"), table("same"), done]])
        middle = store.last()
        found = {(o.ref.name.rpartition(".")[2], o.change) for o in diff(store, start, middle).objects}
        assert found == {("a", "changed"), ("b", "retired"), ("c", "created")}
        (changed,) = (o for o in diff(store, start, middle).objects if o.change == "changed")
        assert [(d.change, d.what) for d in changed.differences] == [("added", "column y")]
        ingest(store, [[table("a", "x"), table("b"), table("same"), done]])
        assert diff(store, start, store.last()).objects == ()
        assert {o.change for o in diff(store, 0, start).objects} == {"created"}
        assert diff(store, start, middle, within=Ref(PG, "elsewhere")).objects == ()

    def test_a_run_that_broke_off_leaves_no_half_scope(self, store: Store) -> None:
        other = Ref(PG, "shop.other")
        publisher = Publisher(store, Intake("pg", run=store.start_run("pg", workflow="")))
        tally = publisher.write([table("a"), ScopeComplete(ref=SCOPE), table("b", scope=other)])
        assert tally.written == 1
        publisher.write([table(f"t{i}", scope=other) for i in range(12_000)])
        publisher.close(complete=False)
        assert [n.ref for n in store.by_prefix(PG, "", 9)] == [table("a").ref]
        with store.writing(feed="next"):
            pass
