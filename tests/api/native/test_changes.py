"""GET /changes: nothing is missed and nothing told twice, however it is asked."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.native.helpers import DB, at, push, staged, table

from strabo.api.native import changes
from strabo.api.native.changes import Watch
from strabo.catalog.catalog import open_catalog
from strabo.errors import Overloaded, Unavailable
from strabo.model.records import Tag, Tags
from strabo.model.ref import Ref
from strabo.testing.asker import Asker

URL = "/api/v1/changes"
ORDERS = Ref(DB, "shop.public.orders")


def follow(ask: Asker, limit: int, after: str = "0") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for _ in range(1000):
        got = ask("GET", f"{URL}?after={after}&limit={limit}").json
        found += got["changes"]
        after = got["cursor"]
        if not got["more"]:
            return found
    raise AssertionError("the changes have no end")


def test_what_happens_to_an_object_is_told(ask: Asker, tmp_path: Path) -> None:
    push(ask, table(ORDERS.name, "a"), Tags(ref=ORDERS, tags=(Tag(name="x"),)))
    push(ask, table(ORDERS.name, "b"), query="?feed=other")
    push(ask, table(ORDERS.name, "c"))
    ask("DELETE", at(ORDERS))
    ask("DELETE", at(ORDERS) + "?feed=other")
    ask("POST", "/api/v1/loads", staged(tmp_path / "a.jsonl", ["new"]))
    told = [(c["change"], c["aspects"], c["feed"], c["run"]) for c in follow(ask, 100)]
    assert told == [
        ("created", ["dataset", "tags"], "push", 0),
        ("changed", ["dataset"], "other", 0),
        ("changed", ["dataset"], "push", 0),
        ("changed", ["dataset", "tags"], "push", 0),  # another feed still announces it
        ("retired", ["dataset"], "other", 0),
        ("created", ["dataset"], "warehouse", 1),
    ]
    assert follow(ask, 100)[0]["actor"] == "local"
    assert ask("GET", URL).json["changes"] == []


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_page_size_tells_the_same(ask: Asker, data: st.DataObject) -> None:
    names = st.sampled_from([f"shop.public.t{n}" for n in range(12)])
    for _ in range(data.draw(st.integers(0, 4))):
        push(ask, *(table(n, data.draw(st.sampled_from("abc"))) for n in data.draw(st.sets(names, min_size=1))))
        for name in data.draw(st.sets(names, max_size=2)):
            ask("DELETE", at(Ref(DB, name)))
    whole = follow(ask, 1000)
    limit = data.draw(st.integers(1, 20))
    assert follow(ask, limit) == whole
    if whole:
        start = int(len(whole) * data.draw(st.floats(0, 0.99)))
        assert follow(ask, limit, whole[start]["cursor"]) == whole[start + 1 :]


@pytest.mark.parametrize("after", ["x", "-1", "1.2.3", "1.", ".1", "9" * 40, "1e5", "%D9%A3"])
def test_what_is_no_cursor_is_refused(ask: Asker, after: str) -> None:
    got = ask("GET", f"{URL}?after={after}")
    assert got.status == 400
    assert "no cursor" in got.json["detail"]


def test_a_cursor_ahead_of_all_is_brought_back(ask: Asker) -> None:
    """As after a catalog was restored: what comes then must not be missed."""
    assert ask("GET", f"{URL}?after=99").json == {"changes": [], "cursor": "1", "more": False}


def test_it_waits_as_long_as_asked_and_no_longer(ask: Asker) -> None:
    began = time.monotonic()
    assert ask("GET", f"{URL}?wait=0.3").json["changes"] == []
    assert 0.25 < time.monotonic() - began < 3
    assert ask("GET", f"{URL}?wait=61").status == ask("GET", f"{URL}?wait=nan").status == 400


def test_it_is_woken_by_another_process_writing(ask: Asker) -> None:
    def write() -> None:
        time.sleep(0.3)
        with open_catalog(ask.catalog.path) as other:
            other.put([table(ORDERS.name, "x")])

    thread = threading.Thread(target=write)
    thread.start()
    began = time.monotonic()
    got = ask("GET", f"{URL}?wait=30").json
    thread.join()
    assert [c["ref"]["name"] for c in got["changes"]] == [ORDERS.name]
    assert time.monotonic() - began < 10


def test_a_stream_goes_on_where_the_last_one_ended(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "_STREAM", 0.3)
    monkeypatch.setattr(changes, "_BEAT", 0.1)
    push(ask, table("shop.public.a"), table("shop.public.b\nid: 9"), table("shop.public.c"))

    def stream(query: str = "", **headers: str) -> list[tuple[str, ...]]:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        got = ask("GET", URL + query, headers={"accept": "text/event-stream", **told})
        assert (got.status, got.headers["content-type"]) == (200, "text/event-stream")
        text = got.body.decode()
        assert text.startswith("retry: 2000\n\n")
        assert "\n: " in text  # it says that it is there
        return [tuple(e.split("\n")) for e in text.split("\n\n") if e.startswith("id: ")]

    events = stream("?after=0&limit=2")
    assert [e[1] for e in events] == ["event: created"] * 3
    assert all(len(e) == 3 for e in events)
    assert stream(last_event_id=events[0][0].removeprefix("id: ")) == events[1:]
    assert stream() == []
    assert ask("GET", URL, headers={"accept": "text/event-stream", "last-event-id": "x"}).status == 400
    assert changes.watch(ask.catalog).streams == 0
    monkeypatch.setattr(changes, "_MOST_STREAMS", 0)
    full = ask("GET", URL, headers={"accept": "text/event-stream"})
    assert (full.status, full.headers["retry-after"]) == (503, "30")


def test_one_look_serves_all_who_wait_and_none_is_left_behind(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    last = ask.catalog.store.last

    def looked() -> int:
        nonlocal looks
        looks += 1
        return last()

    monkeypatch.setattr(ask.catalog.store, "last", looked)

    async def many() -> None:
        watch = Watch(ask.catalog)
        await asyncio.gather(*(watch.behind(1, 0.6) for _ in range(50)))
        assert watch.waiting == 0
        assert watch._task is None
        seen = looks
        await asyncio.sleep(0.4)
        assert looks == seen <= 5
        monkeypatch.setattr(changes, "_MOST_WAITING", 0)
        with pytest.raises(Overloaded, match="wait for changes already"):
            await watch.behind(1, 1)

    asyncio.run(many())


def test_to_ask_for_the_head_of_a_stream_opens_none(ask: Asker) -> None:
    got = ask("HEAD", URL, headers={"accept": "text/event-stream"})
    assert (got.status, got.headers["content-type"], got.body) == (200, "text/event-stream", b"")
    assert changes.watch(ask.catalog).streams == 0


def test_a_stream_ends_when_the_catalog_does_not_answer(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> Any:
        raise Unavailable("the catalog is away", fix="wait")

    monkeypatch.setattr(changes, "since", away)
    got = ask("GET", f"{URL}?after=0", headers={"accept": "text/event-stream"})
    assert (got.status, got.body) == (200, b"retry: 2000\n\n")
    assert changes.watch(ask.catalog).streams == 0
