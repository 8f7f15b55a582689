"""Events into a catalog: the law on real stores, and what becomes of each facet."""

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strabo.catalog import events
from strabo.catalog.catalog import Catalog
from strabo.catalog.door import By
from strabo.model import codec, naming
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
