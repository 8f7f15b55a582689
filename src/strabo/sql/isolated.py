"""Texts that may be too much for this process, resolved in another that can be stopped: also in the middle of C.

A worker is kept for the next such text. It is killed when a statement takes longer than it may; the text is then read
again without that statement.
"""

import atexit
import os
import subprocess
import sys
import threading
from functools import cache
from importlib.util import find_spec
from math import inf
from pathlib import Path
from time import monotonic
from typing import IO

from strabo.sql import wire
from strabo.sql.result import Limits, Result, Schemas, Session, Unknown
from strabo.sql.text import place

_SLACK = 2.0  # seconds that a statement may take longer than it should before the worker is killed
_START = 20.0  # seconds until a new worker must have answered; importing the parser takes its time on a busy machine
_LOOK = 0.25  # seconds between two looks at whether a worker is late
_MOST_KILLS = 3  # statements of one text that may end a worker


# Characters of a text that this process reads itself. What is known to take long is refused before (`parse`), and the
# plain parser looks at the clock; the compiled one cannot be stopped, so that only what is short is safe with it.
_SHORT, _SHORT_COMPILED = 100_000, 8_000


@cache
def _short() -> int:
    """How long a text may be to be read here; found without an import of the parser."""
    spec = find_spec("sqlglot")
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    built = any(not file.name.endswith(".py") for folder in folders for file in Path(folder).glob("parser.*"))
    return _SHORT_COMPILED if built else _SHORT


def is_for(text: str, limits: Limits) -> bool:
    """Whether a text is one for another process."""
    most = _short() if limits.in_process is None else limits.in_process
    return len(text) > most


class _Worker:
    def __init__(self) -> None:
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "strabo.sql.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=env,
        )
        assert self.process.stdin is not None  # noqa: S101
        assert self.process.stdout is not None  # noqa: S101
        self.requests: IO[bytes] = self.process.stdin
        self.answers: IO[bytes] = self.process.stdout
        self.fresh = True
        self._deadline = inf  # when it is killed if nothing is heard of it
        self._ended = threading.Event()
        threading.Thread(target=self._watch, name="sql-lineage-watch", daemon=True).start()

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK):
            if monotonic() > self._deadline:
                self.process.kill()

    def receive(self, seconds: float) -> wire.Message | None:
        """The next message; None when the worker has ended, or is ended here because it took too long."""
        self._deadline = monotonic() + seconds
        try:
            return wire.receive(self.answers)
        finally:
            self._deadline = inf

    def stop(self) -> None:
        self._ended.set()
        self.process.kill()
        self.process.wait()
        for stream in (self.requests, self.answers):
            try:
                stream.close()
            except OSError:
                continue  # what was to be written has nobody to read it any more


_idle: list[_Worker] = []
_lock = threading.Lock()


def _forget() -> None:
    """After a fork: the workers are the parent's."""
    _idle.clear()


def close() -> None:
    """Ends the workers that are kept."""
    with _lock:
        while _idle:
            _idle.pop().stop()


atexit.register(close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def run(text: str, dialect: str, schemas: Schemas, session: Session, shown: tuple[str, ...], limits: Limits) -> Result:
    """As `lineage.lineage`. What the schemas raise goes up."""
    skip: list[int] = []
    while True:
        with _lock:
            worker = _idle.pop() if _idle else None
        try:
            worker = worker or _Worker()
        except OSError as error:  # no memory or no process left: this text is unknown, not the run
            reason = f"no process could be started for it: {error.strerror or error}"
            return Result(unparsed=(Unknown(reason, *place(text, 0)),), session=session)
        done, at = _one(worker, wire.Job(text, dialect, session, shown, limits, tuple(skip)), schemas)
        if done is not None:
            with _lock:
                _idle.append(worker)
            return done
        if at is None or len(skip) >= _MOST_KILLS:
            reason = f"not done within {limits.seconds:g} seconds and {limits.megabytes} MB"
            return Result(unparsed=(Unknown(reason, *place(text, 0)),), session=session)
        skip.append(at)


def _one(worker: _Worker, job: wire.Job, schemas: Schemas) -> tuple[Result | None, int | None]:
    """The result; or None, with the number of the statement that ended the worker."""
    at: int | None = None
    ended = True
    seconds = job.limits.seconds + _SLACK + (_START if worker.fresh else 0.0)
    # Tokenizing comes before the first statement, and takes its time on a large text.
    try:
        wire.send(worker.requests, job)
        while (message := worker.receive(seconds)) is not None:
            seconds = job.limits.seconds + _SLACK
            worker.fresh = False
            if isinstance(message, wire.Done):
                ended = False
                return message.result, at
            if isinstance(message, wire.Begun):
                at = message.number
            elif isinstance(message, wire.Ask):
                wire.send(worker.requests, wire.Answer(schemas(message.name)))
    except BrokenPipeError:
        return None, at
    else:
        return None, at
    finally:
        if ended:
            worker.stop()
