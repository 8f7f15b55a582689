"""The door: one commit for all that waited, each failure alone, nothing acknowledged that is not durable."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from strabo.catalog.door import By, Door
from strabo.errors import Overloaded, StraboError, UsageError
from strabo.store.protocol import Writer
from strabo.store.sqlite import SqliteStore

ANN, BOB = By("a", 1, "ann", "10.0.0.1", "POST"), By("b", 0, "bob")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "c.db")
    yield store
    store.close()


def note(writer: Writer, by: By, payloads: Sequence[Any]) -> list[Any]:
    for key in payloads:
        writer.put_note("n", str(key), b"")
        if key == "bad":
            raise UsageError("no such thing")
        if key == "bug":
            raise KeyError("x")
    return [f"{by.actor} {key}" for key in payloads]


def held_up(store: SqliteStore, door: Door) -> Any:
    """Holds the catalog, so that what is submitted meanwhile waits for one commit."""
    ready, go = threading.Event(), threading.Event()

    def hold(writer: Writer, by: By, payloads: Sequence[Any]) -> list[Any]:
        ready.set()
        go.wait(10)
        return list(payloads)

    first = door.submit(hold, ANN, "held")
    assert ready.wait(10)
    return first, go


def test_what_waits_is_written_in_one_commit_and_named_by_who_said_it(store: SqliteStore) -> None:
    door = Door(store)
    first, go = held_up(store, door)
    futures = [door.submit(note, by, key) for by, key in ((ANN, 1), (ANN, 2), (BOB, 3))]
    assert door.waiting == 4
    go.set()
    assert [f.result(10) for f in (first, *futures)] == ["held", "ann 1", "ann 2", "bob 3"]
    door.close()
    assert door.commits == 2
    assert door.waiting == 0
    assert [(m.actor, m.what) for m in store.writes(before=None, limit=9)][:2] == [("bob", ""), ("ann", "POST x2")]
    assert [n.key for n in store.notes("n")] == ["1", "2", "3"]


def test_one_that_fails_is_undone_alone(store: SqliteStore) -> None:
    door = Door(store)
    _, go = held_up(store, door)
    good, bad, bug, last = (door.submit(note, ANN, key) for key in ("good", "bad", "bug", "last"))
    go.set()
    assert good.result(10) == "ann good"
    assert last.result(10) == "ann last"
    assert isinstance(bad.exception(10), UsageError)
    assert isinstance(bug.exception(10), KeyError)
    door.close()
    assert [n.key for n in store.notes("n")] == ["good", "last"]
    assert door.answered == {
        ("hold", "stored"): 1,
        ("note", "stored"): 2,
        ("note", "refused"): 1,
        ("note", "failed"): 1,
    }
    assert (door.waiting, door.weight) == (0, 0)


def test_beyond_its_measure_it_says_when_to_come_back(store: SqliteStore) -> None:
    door = Door(store, most=2, weight=100)
    _, go = held_up(store, door)
    with pytest.raises(Overloaded, match="wait already") as caught:
        door.submit(note, ANN, "heavy", weight=200)
    assert caught.value.wait > 0
    door.submit(note, ANN, 1)
    with pytest.raises(Overloaded):
        door.submit(note, ANN, 2)
    go.set()
    door.close()
    with pytest.raises(Overloaded, match="stopping"):
        door.submit(note, ANN, 3)
    assert [n.key for n in store.notes("n")] == ["1"]


def test_a_commit_that_fails_fails_all_of_it_and_the_next_is_well(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Door(store)
    real = store.writing

    def broken(**said: Any) -> Any:
        raise StraboError("the disk is full")

    monkeypatch.setattr(store, "writing", broken)
    with pytest.raises(StraboError, match="the disk is full"):
        door.submit(note, ANN, 1).result(10)
    monkeypatch.setattr(store, "writing", real)
    assert door.submit(note, ANN, 2).result(10) == "ann 2"
    assert door.open
    door.close()
    assert not door.open
