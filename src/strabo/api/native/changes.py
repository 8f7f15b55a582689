"""GET /changes: what happened since a cursor; waiting for the next if asked to; or as a stream of events."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated
from weakref import WeakKeyDictionary

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native.paging import Limit
from strabo.api.native.since import Happened, Place, read, since, written
from strabo.catalog.catalog import Catalog
from strabo.errors import Overloaded, StraboError, UsageError

LONGEST = 60  # seconds that a question may wait
_PAUSE = 0.25  # seconds between two looks: other processes write too
_BEAT = 15.0  # seconds after which a quiet stream says that it is there
_STREAM = 300.0  # seconds after which a stream ends, and the client comes back with its Last-Event-ID
_MOST_WAITING = 1000
_MOST_STREAMS = 200  # one whose reader has gone away unseen is held until its end

_encode = msgspec.json.Encoder(enc_hook=str).encode


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    after: Annotated[
        str,
        msgspec.Meta(description="The cursor of the answer before, or of a change. 0: all there was. Without: now."),
    ] = ""
    limit: Limit = 200
    wait: Annotated[float, msgspec.Meta(ge=0, le=LONGEST, description="Seconds to wait for the next change.")] = 0.0


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """In the order in which they happened. `cursor`: ask for what comes after it; `more`: there is some already."""

    changes: list[Happened]
    cursor: str
    more: bool


class Watch:
    """Wakes those who wait for a catalog to change: one look for all of them, and none when nobody waits."""

    def __init__(self, catalog: Catalog) -> None:
        self._store = catalog.store
        self._waiting: dict[asyncio.Future[None], int] = {}
        self._task: asyncio.Task[None] | None = None
        self.streams = 0

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def behind(self, tx: int, seconds: float) -> None:
        """Returns when there is a transaction from `tx` on, or after so many seconds."""
        if len(self._waiting) >= _MOST_WAITING:
            raise Overloaded(f"{_MOST_WAITING} wait for changes already", fix="ask again later", wait=5)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[future] = tx
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        try:
            await asyncio.wait_for(future, seconds)
        except TimeoutError:
            pass
        finally:
            self._waiting.pop(future, None)
            if not self._waiting and self._task is not None:
                task, self._task = self._task, None
                task.cancel()
                await asyncio.wait([task])

    async def _look(self) -> None:
        try:
            while self._waiting:
                last = await asyncio.to_thread(self._store.last)
                self._wake(lambda tx, last=last: last >= tx)  # type: ignore[misc]
                await asyncio.sleep(_PAUSE)
        except StraboError:
            self._wake(lambda _: True)  # they look for themselves, and are told

    def _wake(self, due: Callable[[int], bool]) -> None:
        for future, tx in self._waiting.items():
            if due(tx) and not future.done():
                future.set_result(None)


_watches: WeakKeyDictionary[Catalog, Watch] = WeakKeyDictionary()


def watch(catalog: Catalog) -> Watch:
    """The one Watch of a catalog."""
    return _watches.setdefault(catalog, Watch(catalog))


async def changes(call: Call) -> Reply:
    asked: Asked = call.query
    stream = "text/event-stream" in call.headers.get("accept", "")
    text = asked.after or (call.headers.get("last-event-id", "") if stream else "")
    after = await _from(call, text)
    if stream:
        if watch(call.catalog).streams >= _MOST_STREAMS:
            raise Overloaded(f"{_MOST_STREAMS} streams are open already", fix="ask without a stream: wait=60", wait=30)
        return Reply(
            media="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
            stream=_events(call, after, asked.limit),
        )
    found, following = await _read(call, after, asked.limit)
    if not found and asked.wait:
        await watch(call.catalog).behind(following.tx, asked.wait)
        found, following = await _read(call, following, asked.limit)
    value = Changes(changes=found, cursor=written(following), more=len(found) >= asked.limit)
    return Reply(value=value, headers={"cache-control": "no-store"})


async def _from(call: Call, text: str) -> Place:
    if not text:
        return Place(await asyncio.to_thread(call.catalog.store.last) + 1)
    after = read(text)
    if after is None:
        raise UsageError(
            f"{text[:60]!r} is no cursor of changes", where="the query", fix="take `cursor` of an answer; or 0"
        )
    return after


async def _read(call: Call, after: Place, limit: int) -> tuple[list[Happened], Place]:
    return await asyncio.to_thread(since, call.catalog.store, after, limit)


async def _events(call: Call, after: Place, limit: int) -> AsyncIterator[bytes]:
    """Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""
    watching = watch(call.catalog)
    end = time.monotonic() + _STREAM
    watching.streams += 1
    try:
        yield b"retry: 2000\n\n"
        while time.monotonic() < end and call.door.open:
            found, after = await _read(call, after, limit)
            for one in found:
                yield b"id: %s\nevent: %s\ndata: %s\n\n" % (one.cursor.encode(), one.change.encode(), _encode(one))
            if not found:
                yield b": %s\n\n" % written(after).encode()  # a comment: it is still there
                await watching.behind(after.tx, min(_BEAT, max(0.0, end - time.monotonic())))
    except (asyncio.CancelledError, StraboError):  # the server stops, or is busy: a stream ends, and comes back
        return
    finally:
        watching.streams -= 1


ROUTES = [
    Route(
        method="GET",
        path="/api/v1/changes",
        handle=changes,
        summary="What changed since a cursor; waits for it, or streams it as text/event-stream",
        query=Asked,
        answer=Changes,
        group="Looking back",
    ),
]
