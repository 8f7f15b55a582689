"""The audit: every write with its author, newest first, in pages."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.catalog import audit, hosts, tokens
from strabo.catalog.actor import here
from strabo.catalog.audit import Written
from strabo.catalog.catalog import Catalog, open_catalog
from strabo.catalog.door import By, Door
from strabo.catalog.tokens import Uses
from strabo.errors import UsageError
from strabo.model.records import Column, Dataset
from strabo.model.ref import Ref
from strabo.store.memory import MemoryStore

TABLE = Ref("postgres://db:5432", 'shop.public."it\'s 📦"')


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with open_catalog(tmp_path / "c.db") as catalog:
        yield catalog


def all_of(catalog: Catalog, **more: object) -> list[Written]:
    found: list[Written] = []
    before: int | None = None
    while True:
        page = audit.page(catalog.store, before=before, **more)  # type: ignore[arg-type]
        found += page.writes
        if page.following is None:
            return found
        before = page.following


def table(*columns: str) -> Dataset:
    return Dataset(ref=TABLE, columns=tuple(Column(name=c, type="text") for c in columns))


def test_every_write_has_an_author_a_feed_and_what_it_changed(catalog: Catalog) -> None:
    catalog.put([table("a")], feed="shop")
    catalog.put([table("a")], feed="shop")
    catalog.put([table("a", "b")], feed="shop", actor="ann")
    tokens.create(catalog.store, "bob", ["read"], actor="ann@desk", origin="10.0.0.7")
    hosts.add(catalog.store, "kafka://a", "kafka://b", actor="ann@desk")
    told = [(w.actor, w.origin, w.what.split(" (")[0], w.feed, w.began, w.ended) for w in all_of(catalog)]
    assert told == [
        ("ann@desk", "", "hosts map kafka://a:9092 kafka://b:9092", "", 0, 0),
        ("ann@desk", "10.0.0.7", "token create bob", "", 0, 0),
        ("ann", "", "", "shop", 1, 1),
        (here(), "", "", "shop", 0, 0),
        (here(), "", "", "shop", 1, 0),
    ]
    assert "@" in here()


def test_runs_and_confirmations_name_who_ran_them(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text('{"type":"dataset","ref":{"namespace":"n","name":"x"}}\n')
    report = catalog.ingest({"name": "files", "source": {"type": "records", "config": {"path": str(path)}}})
    catalog.load(path, feed="loaded")
    told = [(w.actor, w.feed, w.what) for w in all_of(catalog)]
    assert told == [(here(), "loaded", f"run {report.run + 1}"), (here(), "files", f"run {report.run}")]


def test_pages_filters_and_what_is_left_out(catalog: Catalog) -> None:
    for number in range(7):
        catalog.put([table(f"c{number}")], feed="shop", actor=f"ann{number % 2}")
    door = Door(catalog.store)
    uses = Uses(door)
    uses.saw("abcdefgh")
    door.close()
    assert [len(audit.page(catalog.store, limit=3).writes)] == [3]
    assert [w.id for w in all_of(catalog, limit=3)] == [7, 6, 5, 4, 3, 2, 1]
    assert len(all_of(catalog, limit=3, uses=True)) == 8
    assert [w.actor for w in all_of(catalog, actor="ann1", limit=1)] == ["ann1"] * 3
    assert len(all_of(catalog, actor="ann*")) == 7
    assert all_of(catalog, actor="bob") == []
    assert all_of(catalog, since=datetime.now(UTC) + timedelta(hours=1)) == []
    assert len(all_of(catalog, since=datetime.now(UTC) - timedelta(hours=1))) == 7
    with pytest.raises(UsageError, match="is no pattern"):
        audit.page(catalog.store, actor="/(/")


def test_a_page_looks_through_no_more_than_so_many(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_LOOK", 3)
    monkeypatch.setattr(audit, "_COUNT", 2)
    for number in range(7):
        catalog.put([table(f"c{number}")], actor="ann" if number == 0 else "bob")
    first = audit.page(catalog.store, actor="ann")
    assert (first.writes, first.following) == ([], 5)
    assert [w.actor for w in all_of(catalog, actor="ann")] == ["ann"]
    assert [w.more for w in all_of(catalog)] == [True] * 6 + [False]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 4)), max_size=30), st.integers(1, 5))
def test_pages_leave_nothing_out_and_say_nothing_twice(said: list[tuple[str, int]], limit: int) -> None:
    store = MemoryStore()
    door = Door(store)
    for actor, count in said:
        door.submit(lambda _w, _b, payloads: list(payloads), By(feed="f", actor=actor), count).result(10)
    door.close()
    catalog = Catalog(store)
    whole = all_of(catalog, limit=1000)
    assert [w.actor for w in whole] == [actor for actor, _ in reversed(said)]
    assert all_of(catalog, limit=limit) == whole
    assert all_of(catalog, limit=limit, actor="a") == [w for w in whole if w.actor == "a"]
