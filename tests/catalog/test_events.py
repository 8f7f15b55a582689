"""Events into a catalog: the law on real stores, and what becomes of each facet."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strabo.catalog import events, hosts
from strabo.catalog.catalog import Catalog
from strabo.catalog.door import By
from strabo.catalog.intake import Intake
from strabo.errors import NotFound, UsageError
from strabo.graph.model import Edge
from strabo.model import codec, naming
from strabo.model.records import Column, Dataset, Job, JobRun, Lineage
from strabo.model.ref import Ref
from strabo.openlineage.event import parse
from strabo.store.memory import MemoryStore
from strabo.store.protocol import Store
from strabo.store.sqlite import SqliteStore
from strabo.testing import openlineage as making

BY = By(events.FEED, events.STANDING, "test")


def push(store: Store, *batch: dict[str, Any]) -> list[events.Took]:
    with store.writing(feed=BY.feed, standing=BY.standing) as writer:
        return events.fold_events(writer, BY, [[parse(one) for one in batch]])[0]


def shown(store: Store) -> Any:
    """All that a catalog shows, free of what hangs on the order: numbers, and spellings that compare the same."""
    catalog = Catalog(store)
    lines = sorted(_folded(codec.encode(record).decode()) for record in catalog.export())
    nodes = store.nodes(range(1, 200))

    def called(node: int) -> str:
        return str(Ref(nodes[node].ref.namespace, naming.fold(nodes[node].ref))) if node else ""

    live = sorted(
        (called(i), n.kind * n.live, n.live, called(n.same or i)) for i, n in nodes.items() if n.live or n.same
    )
    edges = sorted((called(e.source), called(e.target), called(e.via)) for e in store.edges(list(nodes), upstream=True))
    seen = sorted((called(s.target), called(s.source), called(s.via), *s[3:]) for s in store.seen_edges(list(nodes)))
    return lines, live, edges, seen


def _folded(line: str) -> str:
    return line.replace("shop.PUBLIC.orders", "shop.public.orders")


@given(making.events, st.integers())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_order_and_any_grouping_end_in_the_same_catalog(sent: list[dict[str, Any]], seed: int) -> None:
    plain, other = MemoryStore(), MemoryStore()
    push(plain, *sent)
    maker = Random(seed)
    again = [part for one in sent for part in (making.split(one) if maker.random() < 0.5 else [one])]
    again += maker.choices(sent, k=2)
    maker.shuffle(again)
    while again:
        size = maker.randint(1, 3)
        push(other, *again[:size])
        again = again[size:]
    assert shown(other) == shown(plain)


@given(making.events)
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_rebuild_finds_what_is_there(tmp_path_factory: pytest.TempPathFactory, sent: list[dict[str, Any]]) -> None:
    store = SqliteStore(tmp_path_factory.mktemp("c") / "c.db")
    for one in sent:
        push(store, one)
    before, last = shown(store), store.last()
    with store.writing(feed=BY.feed, standing=BY.standing) as writer:
        events.rebuild(writer, BY.feed)
    assert shown(store) == before
    assert list(store.changes(last, store.last())) == []
    store.close()


def run_event(kind: str, at: str, **more: Any) -> dict[str, Any]:
    return {
        "eventType": kind,
        "eventTime": at,
        "run": {"runId": more.pop("run", "r1"), "facets": more.pop("run_facets", {})},
        "job": {"namespace": "etl", "name": more.pop("job", "build"), "facets": more.pop("job_facets", {})},
        **more,
    }


def table(name: str, **facets: Any) -> dict[str, Any]:
    return {"namespace": making.PG, "name": name, "facets": facets}


@pytest.fixture
def store() -> Iterator[Store]:
    store = MemoryStore()
    yield store
    store.close()


SUM = {"type": "DIRECT", "subtype": "AGGREGATION"}
A, B, C = (Ref(making.PG, f"shop.public.{name}") for name in "abc")


def edges(store: Store, ref: Ref = B) -> dict[tuple[Ref, Ref], Edge]:
    return {(e.source, e.target): e for e in Catalog(store).lineage(ref, columns=True).edges}


def test_a_run_without_inputs_hides_nothing(store: Store) -> None:
    push(store, run_event("COMPLETE", "2026-11-01T10:00:00Z", inputs=[table(A.name)], outputs=[table(B.name)]))
    push(store, run_event("START", "2026-11-02T10:00:00Z", run="r2"))
    assert (A, B) in edges(store)
    push(
        store, run_event("COMPLETE", "2026-11-02T11:00:00Z", run="r2", inputs=[table(C.name)], outputs=[table(B.name)])
    )
    found = edges(store)
    assert {(A, B), (C, B)} <= found.keys()
    old, new = found[A, B], found[C, B]
    assert (old.runs, old.last_seen) == (1, datetime(2026, 11, 1, 10, tzinfo=UTC))
    assert (new.first_seen, new.last_seen) == (
        datetime(2026, 11, 2, 10, tzinfo=UTC),
        datetime(2026, 11, 2, 11, tzinfo=UTC),
    )


def test_an_edge_that_no_run_has_shown_for_long_is_expired_and_stays(store: Store) -> None:
    push(store, run_event("COMPLETE", "2020-01-01T00:00:00Z", inputs=[table(A.name)], outputs=[table(B.name)]))
    assert edges(store)[A, B].expired
    catalog = Catalog(store)
    (edge,) = [e for e in catalog.lineage(B, fresh=timedelta(days=36500)).edges if e.source == A]
    assert not edge.expired


def test_column_lineage_comes_before_inputs_times_outputs(store: Store) -> None:
    made = {
        "fields": {
            "total": {
                "inputFields": [
                    {
                        **table(A.name),
                        "field": "amount",
                        "transformations": [{"type": "DIRECT", "subtype": "AGGREGATION"}],
                    },
                    {**table(A.name), "field": "day", "transformations": [{"type": "INDIRECT", "subtype": "GROUP_BY"}]},
                ]
            }
        },
        "dataset": [{**table(A.name), "field": "kind", "transformations": [{"type": "INDIRECT", "subtype": "FILTER"}]}],
    }
    outputs = [table(B.name, columnLineage=made)]
    push(
        store,
        run_event("START", "2026-11-01T10:00:00Z", inputs=[table(A.name), table(C.name)], outputs=[table(B.name)]),
    )
    assert {(A, B), (C, B)} <= edges(store).keys()
    push(store, run_event("COMPLETE", "2026-11-01T11:00:00Z", outputs=outputs))
    found = edges(store)
    assert (C, B) not in found
    assert [(c.source, c.target, c.how) for c in found[A, B].columns] == [("amount", "total", "aggregation")]
    (fact,) = [r for r in Catalog(store).export() if isinstance(r, Lineage) and r.ref == B]
    assert {(i.source, i.how) for i in fact.upstreams[0].influences} == {("day", "group_by"), ("kind", "filter")}
    # what it read and put nowhere that is known, it read all the same
    assert (C, Ref("etl", "build")) in edges(store, C)


def test_explicit_lineage_comes_before_all(store: Store) -> None:
    entries = [
        {"type": "DATASET", "namespace": making.PG, "name": B.name, "inputs": [{"type": "DATASET", **table(C.name)}]}
    ]
    push(
        store,
        run_event(
            "COMPLETE",
            "2026-11-01T10:00:00Z",
            inputs=[table(A.name), table(C.name)],
            outputs=[table(B.name)],
            job_facets={"lineage": {"entries": entries}},
        ),
    )
    found = edges(store)
    assert (C, B) in found
    assert (A, B) not in found


def test_a_rename_keeps_history_and_lineage_under_the_new_name(store: Store) -> None:
    push(store, run_event("COMPLETE", "2026-11-01T10:00:00Z", inputs=[table(A.name)], outputs=[table(B.name)]))
    change = {"lifecycleStateChange": "RENAME", "previousIdentifier": {"namespace": making.PG, "name": B.name}}
    push(
        store,
        run_event("COMPLETE", "2026-11-02T10:00:00Z", run="r2", outputs=[table(C.name, lifecycleStateChange=change)]),
    )
    assert (A, C) in edges(store, C)
    assert Catalog(store).get(B).ref == C
    # a new one under the old name is an object of its own again
    push(store, run_event("COMPLETE", "2026-11-03T10:00:00Z", run="r3", outputs=[table(B.name)]))
    assert Catalog(store).get(B).ref == B


def test_a_drop_retires_and_a_later_write_brings_back(store: Store) -> None:
    drop = {"lifecycleStateChange": "DROP"}
    push(store, run_event("COMPLETE", "2026-11-01T10:00:00Z", outputs=[table(B.name)]))
    push(
        store,
        run_event("COMPLETE", "2026-11-03T10:00:00Z", run="r2", outputs=[table(B.name, lifecycleStateChange=drop)]),
    )
    assert not Catalog(store).get(B).live
    push(store, run_event("COMPLETE", "2026-11-02T10:00:00Z", run="r3", outputs=[table(B.name)]))
    assert not Catalog(store).get(B).live  # it happened before the drop, and came after it
    push(store, run_event("COMPLETE", "2026-11-04T10:00:00Z", run="r4", outputs=[table(B.name)]))
    assert Catalog(store).get(B).live


def test_a_snapshot_replaces_and_an_accumulating_run_adds(store: Store) -> None:
    for mode, kept in (("COMPLETE_SNAPSHOT", False), ("ACCUMULATIVE", True)):
        kind = {"jobType": {"processingType": "STREAMING", "emissionPattern": {"eventContentMode": mode}}}
        for hour, source in ((10, A), (11, C)):
            push(
                store,
                run_event(
                    "RUNNING",
                    f"2026-11-01T{hour}:00:00Z",
                    job=mode,
                    job_facets=kind,
                    inputs=[table(source.name)],
                    outputs=[table(f"shop.public.{mode.lower()}")],
                ),
            )
        target = Ref(making.PG, f"shop.public.{mode.lower()}")
        found = edges(store, target)
        assert (C, target) in found
        assert ((A, target) in found) is kept


def test_a_parent_that_never_comes_is_a_placeholder_in_its_own_namespace(store: Store) -> None:
    parent = {"run": {"runId": "p1"}, "job": {"namespace": "airflow", "name": "nightly"}}
    push(store, run_event("COMPLETE", "2026-11-01T10:00:00Z", run_facets={"parent": parent}))
    catalog = Catalog(store)
    (job,) = [r for r in catalog.export() if isinstance(r, Job) and r.ref == Ref("airflow", "nightly")]
    assert job.kind == "workflow"
    assert not [r for r in catalog.export() if isinstance(r, JobRun) and r.ref == job.ref]
    (child,) = [r for r in catalog.export() if isinstance(r, Job) and r.ref == Ref("etl", "build")]
    assert child.parent == job.ref


def test_two_ends_that_disagree_are_both_kept_and_the_later_one_is_shown(store: Store) -> None:
    push(store, run_event("FAIL", "2026-11-01T11:00:00Z", run_facets={"errorMessage": {"message": "boom"}}))
    push(store, run_event("COMPLETE", "2026-11-01T10:00:00Z"), run_event("START", "2026-11-01T09:00:00Z"))
    push(store, run_event("RUNNING", "2026-11-01T12:00:00Z"))
    (run,) = [r for r in Catalog(store).export() if isinstance(r, JobRun)]
    assert (run.status, run.error) == ("failed", "boom")
    assert run.started_at == datetime(2026, 11, 1, 9, tzinfo=UTC)
    state = events.run_state(store, Ref("etl", "build"), "r1")
    assert state is not None
    assert set(state.ends) == {"FAIL", "COMPLETE"}


def test_symlinks_join_whichever_came_first_and_circles_do_no_harm(store: Store) -> None:
    other = {"identifiers": [{"namespace": making.PG, "name": B.name, "type": "TABLE"}]}
    back = {"identifiers": [{"namespace": making.S3, "name": "raw/b", "type": "LOCATION"}]}
    place = {"namespace": making.S3, "name": "/raw/b", "facets": {"symlinks": other}}
    push(store, run_event("COMPLETE", "2026-11-01T10:00:00Z", inputs=[table(B.name)], outputs=[table(C.name)]))
    push(store, run_event("COMPLETE", "2026-11-01T11:00:00Z", run="r2", job="load", outputs=[place]))
    assert Catalog(store).get(B).ref == Ref(making.S3, "raw/b")
    assert (Ref(making.S3, "raw/b"), C) in edges(store, C)
    push(store, run_event("COMPLETE", "2026-11-01T12:00:00Z", run="r3", outputs=[table(B.name, symlinks=back)]))
    assert Catalog(store).get(B).ref == Catalog(store).get(Ref(making.S3, "raw/b")).ref


def test_what_pulled_and_pushed_names_mean_is_one_object_and_the_source_knows_its_columns(store: Store) -> None:
    catalog = Catalog(store)
    catalog.put([Dataset(ref=A, columns=(Column(name="id", type="bigint", kind="integer"),))], feed="pg")
    schema = {"fields": [{"name": "ID", "type": "long"}]}
    spelled = {"namespace": "postgresql://DB", "name": A.name.upper(), "facets": {"schema": schema}}
    push(store, run_event("COMPLETE", "2026-11-01T10:00:00Z", inputs=[spelled], outputs=[table(B.name)]))
    assert (A, B) in edges(store)
    assert catalog.columns(A) == ("id",)


def test_every_facet_is_kept_verbatim(store: Store) -> None:
    odd = {"my-team_x": {"_producer": "p", "deep": [{"a": None}]}, "schema": {"fields": "nonsense"}}
    plan = {"spark.plan": {"x": 1}}
    push(store, run_event("COMPLETE", "2026-11-01T10:00:00Z", outputs=[table(B.name, **odd)], run_facets=plan))
    assert events.facets_of(store, B) == odd
    assert events.run_facets(store, Ref("etl", "build"), "r1")["run"] == plan


def test_a_mapping_of_hosts_takes_effect_on_what_came_before_with_a_rebuild(store: Store) -> None:
    other = {"namespace": "postgres://10.0.0.5:5432", "name": A.name}
    push(store, run_event("COMPLETE", "2026-11-01T10:00:00Z", inputs=[other], outputs=[table(B.name)]))
    assert (A, B) not in edges(store)
    hosts.add(store, "postgres://10.0.0.5:5432", making.PG, actor="ann")
    catalog = Catalog(store)
    assert catalog.rebuild().changes > 0
    assert (A, B) in edges(store)
    assert (Ref(other["namespace"], other["name"]), B) not in edges(store)
    assert catalog.rebuild().changes == 0
    with pytest.raises(NotFound, match="no feed 'nope'"):
        catalog.rebuild("nope")


@pytest.mark.parametrize("said", [{"run": 1}, {"what": "POST /api/v1/records x3"}, {"what": "PUT /api/v1/datasets/…"}])
@pytest.mark.parametrize("pushed", [True, False])
def test_a_rebuild_ends_nothing_that_was_read_or_pushed_as_records(
    store: Store, said: dict[str, Any], pushed: bool
) -> None:
    if pushed:
        push(store, run_event("COMPLETE", "2026-11-01T10:00:00Z", outputs=[table(B.name)]))
    with store.writing(feed=BY.feed, standing=BY.standing, **said) as writer:
        Intake(BY.feed, standing=BY.standing).take(writer, [Dataset(ref=A)])
    last = store.last()
    with pytest.raises(UsageError, match="not made of events alone"):
        Catalog(store).rebuild()
    assert list(store.changes(last, store.last())) == []
    assert Catalog(store).get(A).live


def test_how_a_job_emits_is_told(store: Store) -> None:
    pattern = {"eventTrigger": "PERIODIC", "eventContentMode": "COMPLETE_SNAPSHOT", "windowDuration": 60}
    said: list[Any] = [5, [], {"windowDuration": "x"}, pattern]
    for odd in said:
        kind = {"processingType": "STREAMING", "integration": "FLINK", "emissionPattern": odd}
        at = "2026-11-01T11:00:00Z" if odd is pattern else "2026-11-01T10:00:00Z"
        push(store, run_event("RUNNING", at, job_facets={"jobType": kind}))
    (job,) = Catalog(store).get(Ref("etl", "build")).all(Job)
    assert job.properties == {
        "integration": "FLINK",
        "processing": "STREAMING",
        "emission.trigger": "PERIODIC",
        "emission.content": "COMPLETE_SNAPSHOT",
        "emission.window": "60 s",
    }


# --- SQL facets

SQL = "INSERT INTO b (total, day) SELECT sum(amount), day FROM public.a WHERE kind <> 'x' GROUP BY day"


def ran(query: str, at: int = 10, *, run: str = "r1", inputs: Any = None, outputs: Any = None, **more: Any) -> Any:
    return run_event(
        "COMPLETE",
        f"2026-11-01T{at}:00:00Z",
        run=run,
        inputs=[table(A.name)] if inputs is None else inputs,
        outputs=[table(B.name)] if outputs is None else outputs,
        job_facets={"sql": {"query": query, **more}},
    )


def columns(store: Store, source: Ref = A, target: Ref = B) -> dict[tuple[str, str], tuple[str, bool]]:
    return {(c.source, c.target): (c.how, c.guessed) for c in edges(store, target)[source, target].columns}


def schema(*names: str) -> dict[str, Any]:
    return {"fields": [{"name": name, "type": "int"} for name in names]}


def test_sql_tells_columns_where_no_other_facet_does(store: Store) -> None:
    push(store, ran(SQL))
    assert columns(store) == {("amount", "total"): ("aggregation", True), ("day", "day"): ("identity", True)}
    (fact,) = [r for r in Catalog(store).export() if isinstance(r, Lineage) and r.ref == B]
    assert {(i.source, i.how) for i in fact.upstreams[0].influences} == {("day", "group_by"), ("kind", "filter")}
    assert fact.how == "observed"


def test_a_schema_of_the_run_or_of_another_feed_proves_them(store: Store) -> None:
    proved = {("amount", "total"): ("aggregation", False), ("day", "day"): ("identity", False)}
    push(store, ran(SQL, inputs=[table(A.name, schema=schema("amount", "day", "kind"))]))
    assert columns(store) == proved
    other = MemoryStore()
    Catalog(other).put([Dataset(ref=A, columns=tuple(Column(name=n) for n in ("amount", "day", "kind")))], feed="pg")
    push(other, ran(SQL))
    assert columns(other) == proved
    other.close()


def test_a_schema_that_comes_later_or_of_another_run_proves_only_its_own(store: Store) -> None:
    push(store, ran(SQL))
    known = [table(A.name, schema=schema("amount", "day", "kind"))]
    push(store, run_event("COMPLETE", "2026-11-01T11:00:00Z", run="r2", job="other", inputs=known))
    assert columns(store)["day", "day"] == ("identity", True)
    push(store, run_event("RUNNING", "2026-11-01T09:00:00Z", inputs=known))
    assert columns(store)["day", "day"] == ("identity", False)


def test_a_star_is_followed_through_schemas(store: Store) -> None:
    push(store, ran("CREATE TABLE b AS SELECT * FROM a", inputs=[table(A.name, schema=schema("x", 'we "said"'))]))
    assert columns(store).keys() == {("x", "x"), ('we "said"', 'we "said"')}


def test_column_lineage_of_a_facet_comes_before_sql(store: Store) -> None:
    made = {"fields": {"total": {"inputFields": [{**table(A.name), "field": "price"}]}}}
    push(store, ran(SQL, outputs=[table(B.name, columnLineage=made)]))
    push(store, ran(SQL, 11, run="r2"))
    assert columns(store).keys() == {("price", "total")}


def test_sql_comes_before_a_later_run_that_only_lists(store: Store) -> None:
    push(store, ran(SQL))
    push(
        store, run_event("COMPLETE", "2026-11-01T11:00:00Z", run="r2", inputs=[table(A.name)], outputs=[table(B.name)])
    )
    assert columns(store)


def test_a_select_feeds_the_one_output_there_is(store: Store) -> None:
    query = "WITH x AS (SELECT day, amount FROM a) SELECT day, max(amount) AS Total FROM x GROUP BY day"
    known = [table(A.name, schema=schema("day", "amount"))]
    push(store, ran(query, inputs=known, outputs=[table(B.name, schema=schema("day", "total"))]))
    assert columns(store) == {("day", "day"): ("identity", False), ("amount", "total"): ("aggregation", False)}
    push(store, ran(query, run="r2", inputs=known, outputs=[table(B.name), table(C.name)]))
    assert columns(store, A, C) == {}, "of two it is not known which"


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO b SELECT x FROM other_table",
        "INSERT INTO nowhere SELECT x FROM a",
        "INSERT INTO b SELECT (((",
        "\0",
        "x" * 300_000,
        "VALUES (1)",
        "DROP TABLE a",
    ],
)
def test_sql_that_tells_nothing_takes_nothing_away(store: Store, query: str) -> None:
    push(store, ran(query))
    assert columns(store) == {}


def test_a_name_that_two_inputs_end_with_means_neither(store: Store) -> None:
    inputs = [table("shop.one.t", schema=schema("x")), table("shop.two.t", schema=schema("x"))]
    push(store, ran("INSERT INTO b (x) SELECT x FROM t", inputs=inputs))
    assert columns(store, Ref(making.PG, "shop.one.t")) == columns(store, Ref(making.PG, "shop.two.t")) == {}
    push(store, ran("INSERT INTO b (x) SELECT x FROM two.t", run="r2", inputs=inputs))
    assert columns(store, Ref(making.PG, "shop.two.t")).keys() == {("x", "x")}


def test_the_dialect_is_that_of_the_facet_or_of_the_datasets(store: Store) -> None:
    push(
        store,
        ran("INSERT INTO `b` (`x`) SELECT `x` FROM `a`", dialect="mysql", inputs=[table(A.name, schema=schema("x"))]),
    )
    assert columns(store) == {("x", "x"): ("identity", False)}
    far = [{"namespace": "bigquery", "name": "p.d.a", "facets": {"schema": schema("x")}}]
    into = [{"namespace": "bigquery", "name": "p.d.b"}]
    push(store, ran("INSERT INTO `p.d.b` (y) SELECT x FROM `p.d.a`", run="r2", inputs=far, outputs=into))
    assert columns(store, Ref("bigquery", "p.d.a"), Ref("bigquery", "p.d.b")) == {("x", "y"): ("identity", False)}
