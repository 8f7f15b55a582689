"""What is pushed, under the door: once for each key, whole or not at all, and conditions that hold."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from strabo.catalog import pushing
from strabo.catalog.door import By, Door
from strabo.catalog.pushing import Conditions, Done, Key, KeyReused, Push, Putting, Taking, Unmet, Unstored
from strabo.errors import NotFound
from strabo.model.records import Dataset, Record, Stats
from strabo.model.ref import Ref
from strabo.store.protocol import Writer
from strabo.store.sqlite import SqliteStore

ANN = By("a", 1, "ann")
ORDERS = Ref("postgres://db:5432", "shop.orders")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "c.db")
    yield store
    store.close()


def do(store: SqliteStore, operation: Any, payload: Any, by: By = ANN) -> Done:
    door = Door(store)
    try:
        done: Done = door.submit(operation, by, payload).result(10)
    finally:
        door.close()
    return done


def rows(number: int) -> Stats:
    return Stats(ref=ORDERS, rows=number)


def test_a_key_is_kept_in_the_same_transaction_as_its_write(store: SqliteStore) -> None:
    key = Key("k", b"one")

    def then_broken(writer: Writer, by: By, payloads: Sequence[Any]) -> list[Any]:
        pushing.push(writer, by, payloads)
        raise NotFound("broken behind it")

    with pytest.raises(NotFound):
        do(store, then_broken, Push(records=[rows(1)], key=key))
    assert (store.notes(pushing.ANSWERS), store.find([ORDERS])) == ([], {})
    assert do(store, pushing.push, Push(records=[rows(1)], key=key)).written == 1
    again = do(store, pushing.push, Push(records=[rows(1)], key=key))
    assert (again.written, again.again) == (1, True)
    with pytest.raises(KeyReused, match="another request"):
        do(store, pushing.push, Push(records=[rows(1)], key=Key("k", b"two")))


def test_two_of_one_key_in_one_commit_are_one_write(store: SqliteStore) -> None:
    ready, go = threading.Event(), threading.Event()

    def hold(writer: Writer, by: By, payloads: Sequence[Any]) -> list[Any]:
        ready.set()
        go.wait(10)
        return list(payloads)

    door = Door(store)
    door.submit(hold, ANN, None)
    assert ready.wait(10)
    futures = [door.submit(pushing.push, ANN, Push(records=[rows(1)], key=Key("k", b"x"))) for _ in range(3)]
    go.set()
    assert [(f.result(10).written, f.result(10).again) for f in futures] == [(1, False), (1, True), (1, True)]
    door.close()


def test_an_answer_is_forgotten_after_a_day(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    key = Key("k", b"x")
    do(store, pushing.push, Push(records=[rows(1)], key=key))
    assert pushing.remembered(store, key) is not None
    (note,) = store.notes(pushing.ANSWERS)
    assert pushing.remembered(store, key, now=note.at + pushing._KEPT + 1) is None
    monkeypatch.setattr(pushing, "_KEPT", -60_000_000)
    monkeypatch.setattr(pushing, "_SWEEP", 1)
    assert do(store, pushing.push, Push(records=[rows(1)], key=key)).again is False
    assert store.notes(pushing.ANSWERS) == []


def test_all_or_nothing_leaves_nothing(store: SqliteStore) -> None:
    bad = Stats(ref=Ref("a\0", "b"))
    with pytest.raises(Unstored, match="1 of 3 records") as caught:
        do(store, pushing.push, Push(records=[rows(1), bad, rows(2)], whole=True))
    assert [f.index for f in caught.value.failures] == [1]
    assert store.find([ORDERS]) == {}
    done = do(store, pushing.push, Push(records=[rows(1), bad, rows(2)], each=True))
    assert (done.states, [f.index for f in done.failures]) == ("ufw", [1])


def test_states_and_failures_are_placed_beyond_the_first_chunk(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "_CHUNK", 3)
    several: list[Record] = [Stats(ref=Ref("x", str(n)), rows=n) for n in range(8)]
    several[4] = Stats(ref=Ref("x", "\0"))
    several[7] = Stats(ref=Ref("x", "0"), rows=0)
    done = do(store, pushing.push, Push(records=several, each=True))
    assert done.states == "wwwwfwwu"
    assert [(f.index, "NUL" in f.error) for f in done.failures] == [(4, True)]
    assert (done.written, done.unchanged) == (6, 1)


def test_what_cannot_be_spelled_is_refused_by_itself() -> None:
    half = Stats(ref=Ref("x", "\ud800"))
    untyped = Stats(ref=ORDERS, rows="many")  # type: ignore[arg-type]
    found = pushing.failing([rows(1), half, untyped])
    assert [f.index for f in found] == [1, 2]
    assert all(f.error and f.fix for f in found)


def test_conditions_hold_in_the_transaction_itself(store: SqliteStore) -> None:
    def put(kind: Any, **when: Any) -> Done:
        return do(store, pushing.put, Putting(records=[Dataset(ref=ORDERS, kind=kind)], when=Conditions(**when)))

    with pytest.raises(Unmet, match="is not there"):
        put("table", matches=("*",))
    first = put("table", absent=True)
    assert (first.created, bool(first.mark)) == (True, True)
    with pytest.raises(Unmet, match="there already"):
        put("view", absent=True)
    second = put("view", matches=(first.mark,))
    assert (second.created, second.mark != first.mark) == (False, True)
    with pytest.raises(Unmet, match="changed meanwhile"):
        put("table", matches=(first.mark,))
    with pytest.raises(Unmet):
        do(store, pushing.take, Taking(ref=ORDERS, tag="dataset", when=Conditions(matches=(first.mark,))))


def test_only_what_a_feed_said_is_taken_back(store: SqliteStore) -> None:
    do(store, pushing.push, Push(records=[Dataset(ref=ORDERS), rows(1)]))
    with pytest.raises(NotFound, match="announces no dataset") as caught:
        do(store, pushing.take, Taking(ref=ORDERS, tag="dataset"), By("b"))
    assert caught.value.fix == "it is announced by: a"
    with pytest.raises(NotFound, match="announces no job"):
        do(store, pushing.take, Taking(ref=ORDERS, tag="job"))
    assert do(store, pushing.take, Taking(ref=ORDERS, tag="dataset")).written == 2
    assert store.facts(list(store.find([ORDERS]).values())) == []


def test_a_mark_changes_with_what_is_said_and_only_then(store: SqliteStore) -> None:
    def marked() -> str:
        return pushing.mark(store.facts(list(store.find([ORDERS]).values())))

    assert pushing.mark([]) == ""
    do(store, pushing.push, Push(records=[Dataset(ref=ORDERS)]))
    first = marked()
    do(store, pushing.push, Push(records=[Dataset(ref=ORDERS), Dataset(ref=Ref("x", "y"))]))
    assert marked() == first
    do(store, pushing.push, Push(records=[rows(1)]))
    assert marked() != first
    do(store, pushing.push, Push(records=[rows(2)]))
    do(store, pushing.push, Push(records=[rows(1)]))
    assert marked() != first


def test_metrics_can_tell_the_operations_apart(store: SqliteStore) -> None:
    door = Door(store)
    door.submit(pushing.push, ANN, Push(records=[rows(1)])).result(10)
    door.submit(pushing.put, ANN, Putting(records=[Dataset(ref=ORDERS)])).result(10)
    door.close()
    assert set(door.answered) == {("push", "stored"), ("put", "stored")}
