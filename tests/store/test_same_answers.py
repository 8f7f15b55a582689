"""Whatever is said in whatever order, both stores hold the same and answer the same."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strabo.catalog.intake import Guard
from strabo.model.records import (
    Dataset,
    Description,
    Lineage,
    Record,
    SameAs,
    ScopeComplete,
    Skipped,
    Tag,
    Tags,
    Upstream,
)
from strabo.search.query import parse
from strabo.store.memory import MemoryStore
from strabo.store.protocol import Store
from strabo.store.sqlite import SqliteStore
from strabo.testing.catalog import PG, SCOPE, ingest, put, table, visible

_NAMES = ("orders", "Orders", "ORDERS", 'o"x', "a.b", "🦉")
_REFS = [table(name).ref for name in _NAMES]


def _records() -> st.SearchStrategy[Record]:
    ref = st.sampled_from(_REFS)
    words = st.sampled_from(["", "alpha", "beta gamma"])
    return st.one_of(
        st.builds(Dataset, ref=ref, comment=words),
        st.builds(Lineage, ref=ref, upstreams=ref.map(lambda r: (Upstream(ref=r),)), job=st.none() | ref),
        st.builds(SameAs, ref=ref, other=ref),
        st.builds(Tags, ref=ref, tags=words.map(lambda w: (Tag(name=w or "none"),))),
        st.builds(Description, ref=ref, text=words, column=st.none() | words),
        st.builds(Skipped, ref=ref, reason=words, part=st.none() | st.just("sizes")),
        st.just(ScopeComplete(ref=SCOPE)),
    )


_STEPS = st.lists(
    st.tuples(st.sampled_from(["push", "pg", "other"]), st.lists(_records(), max_size=6)), min_size=1, max_size=5
)


def _answers(store: Store) -> dict[str, Any]:
    nodes = [n.id for n in store.by_prefix(PG, "", 99)]
    top = store.last()
    return {
        **visible(store),
        "every node": store.nodes(nodes),
        "scan": list(store.scan()),
        "past": store.past(nodes),
        "changes": list(store.changes(0, top)),
        "then": [store.facts(nodes, at=tx) for tx in range(top + 1)],
        "edges": [
            sorted(store.edges(nodes, upstream=up, at=at)) for up in (False, True) for at in (None, *range(top + 1))
        ],
        "found": [set(store.candidates(parse(q), 99)) for q in ("orders", "alpha", "gamma", "tag:none")],
        "found then": [store.candidates_at(parse(q), 99, tx) for q in ("alpha", "orders") for tx in range(top + 1)],
        "accounts": [list(store.accounts(run.run)) for run in store.runs(99)],
        "scopes": [store.scopes_done(run.run) for run in store.runs(99)],
        "folded": {k: sorted(v) for k, v in store.find_folded(PG, sorted({r.name.lower() for r in _REFS})).items()},
        "leaf": store.by_leaf("orders", 3),
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_STEPS, st.booleans())
def test_both_stores_answer_the_same(steps: list[tuple[str, list[Record]]], confirmed: bool) -> None:
    with TemporaryDirectory() as folder:
        stores: list[Store] = [MemoryStore(), SqliteStore(Path(folder) / "c.db")]
        told: list[list[Any]] = [[], []]
        for store, said in zip(stores, told, strict=True):
            for feed, records in steps:
                if feed == "push":
                    said.append(put(store, records))
                else:
                    said.append(ingest(store, [records], feed=feed, guard=Guard(confirmed=confirmed, at_least=1)))
        assert told[0] == told[1]
        one, two = (_answers(store) for store in stores)
        for key, value in one.items():
            assert value == two[key], key
        assert stores[1].check() == []
        for store in stores:
            store.close()
