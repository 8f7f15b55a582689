"""The door for what is pushed: many small writes, one thread, one commit for all that waited.

A commit costs the same milliseconds for one event as for a hundred, so what arrives while one is under way goes into
the next together. An answer is given only when its commit is durable. A write that fails is undone alone.
"""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, NamedTuple

from strabo.errors import Overloaded, StraboError, Unavailable
from strabo.store.protocol import Store, Writer

_GROUP = 500  # writes in one commit at most
_GROUP_WEIGHT = 32 * 1024 * 1024  # bytes of them


class By(NamedTuple):
    """Who says something: the feed, what its word weighs, the person or program, from where, by which call."""

    feed: str
    standing: int = 1
    actor: str = ""
    origin: str = ""
    what: str = ""


Operation = Callable[[Writer, By, Sequence[Any]], Sequence[Any]]
"""Does several writes of one kind and one origin at once: an answer for each, in their order."""


class _Work(NamedTuple):
    operation: Operation
    by: By
    payload: Any
    weight: int
    future: Future[Any]


class Door:
    """Writes that come from many sides at once. Close it: what was accepted is written first.

    most: writes that may wait. weight: bytes that may wait; beyond either, `submit` raises Overloaded.
    """

    def __init__(self, store: Store, *, most: int = 10_000, weight: int = 256 * 1024 * 1024) -> None:
        self._store = store
        self._most, self._weight = most, weight
        self._waiting: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._count = self._bytes = 0
        self._lock = threading.Lock()
        self._closed = False
        self.commits = 0  # transactions that held something
        self.took = 0.0  # seconds that the newest one took
        self.spent = 0.0  # seconds that all of them took
        self.answered: Counter[tuple[str, str]] = Counter()  # by operation and result: stored, refused, failed
        self._thread = threading.Thread(target=self._serve, name="strabo-door", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Writes that are accepted and not yet durable."""
        return self._count

    @property
    def weight(self) -> int:
        """Bytes of them."""
        return self._bytes

    @property
    def open(self) -> bool:
        """Whether it takes more."""
        return not self._closed and self._thread.is_alive()

    def submit(self, operation: Operation, by: By, payload: Any, *, weight: int = 0) -> Future[Any]:
        """The answer, when it is durable. Raises Overloaded when too much waits already, or the door is closing."""
        with self._lock:
            if self._closed:
                raise Overloaded("the server is stopping", fix="send it again in a few seconds", wait=5)
            if self._count >= self._most or (self._count and self._bytes + weight > self._weight):
                raise Overloaded(
                    f"{self._count} writes wait already", fix="send it again; nothing of it was stored", wait=1
                )
            self._count += 1
            self._bytes += weight
            future: Future[Any] = Future()
            self._waiting.put(_Work(operation, by, payload, weight, future))
        return future

    def close(self) -> None:
        """Takes no more, and returns when all that was accepted is written."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._waiting.put(None)
        self._thread.join()

    def _serve(self) -> None:
        last = False
        while not last:
            group: list[_Work] = []
            weight = 0
            work = self._waiting.get()
            while work is not None:
                group.append(work)
                weight += work.weight
                if len(group) >= _GROUP or weight >= _GROUP_WEIGHT:
                    break
                try:
                    work = self._waiting.get_nowait()
                except queue.Empty:
                    break
            last = work is None
            if group:
                self._write(group)

    def _write(self, group: list[_Work]) -> None:
        began = time.perf_counter()
        answers: list[tuple[_Work, Any]] = []
        try:
            parts = list(_parts(group))
            with self._store.writing(**_said(parts[0])) as writer:
                for number, part in enumerate(parts):
                    if number:
                        writer.turn(**_said(part))
                    answers += zip(part, _done(writer, part), strict=True)
        except StraboError as error:  # the commit itself: a full disk, a lock held too long
            answers = [(work, error) for work in group]
        except Exception as error:  # noqa: BLE001 - an edge: whoever waits is told, and the door stays open
            failed = Unavailable(f"the catalog could not be written: {type(error).__name__}: {error}")
            failed.__cause__ = error
            answers = [(work, failed) for work in group]
        self.commits += 1
        self.took = time.perf_counter() - began
        self.spent += self.took
        with self._lock:
            self._count -= len(group)
            self._bytes -= sum(work.weight for work in group)
        for work, answer in answers:
            self.answered[_name(work.operation), _result(answer)] += 1
            with suppress(Exception):  # cancelled by who asked: it is written all the same
                if isinstance(answer, BaseException):
                    work.future.set_exception(answer)
                else:
                    work.future.set_result(answer)


def _parts(group: Sequence[_Work]) -> Iterator[list[_Work]]:
    """Neighbours that are one kind of write by one origin, together."""
    part: list[_Work] = []
    for work in group:
        if part and (work.operation is not part[0].operation or work.by != part[0].by):
            yield part
            part = []
        part.append(work)
    yield part


def _name(operation: Operation) -> str:
    return getattr(operation, "__name__", "write").strip("_")


def _result(answer: Any) -> str:
    if isinstance(answer, Unavailable) or (isinstance(answer, Exception) and not isinstance(answer, StraboError)):
        return "failed"
    return "refused" if isinstance(answer, StraboError) else "stored"


def _said(part: Sequence[_Work]) -> dict[str, Any]:
    said = part[0].by._asdict()
    if len(part) > 1:
        said["what"] = f"{said['what']} x{len(part)}"
    return said


def _done(writer: Writer, part: Sequence[_Work]) -> Sequence[Any]:
    """All at once, and one by one when that breaks: the fault of one must not be another's."""
    operation, by = part[0].operation, part[0].by
    if len(part) > 1:
        with suppress(Exception), writer.trying():
            return operation(writer, by, [work.payload for work in part])
    answers: list[Any] = []
    for work in part:
        try:
            with writer.trying():
                answers += operation(writer, by, [work.payload])
        except StraboError as error:
            answers.append(error)
        except Exception as error:  # noqa: BLE001 - an edge: it becomes this one's answer
            answers.append(error)
    return answers
