"""kill -9 under load: what was acknowledged is there, once; and again a hundred times."""

import http.client
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.server.conftest import Server

from strabo.catalog.catalog import open_catalog
from strabo.model.records import Dataset
from strabo.store.sqlite import SqliteStore

THREADS = 4
NAMESPACE = "postgres://db:5432"


def record(number: int) -> dict[str, Any]:
    return {
        "type": "dataset",
        "ref": {"namespace": NAMESPACE, "name": f"shop.public.t{number}"},
        "kind": "table",
        "columns": [{"name": "id", "type": "bigint"}, {"name": f"c{number}", "type": "text"}],
    }


class Load:
    """Threads that post until the server is gone. `acknowledged`: the numbers of what was answered well."""

    def __init__(self, server: Server, numbers: Any) -> None:
        self.acknowledged: list[int] = []
        self.refused: list[Any] = []
        self._server, self._numbers = server, numbers
        self._threads = [threading.Thread(target=self._post) for _ in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def _post(self) -> None:
        line = http.client.HTTPConnection(self._server.host, self._server.port, timeout=10)
        try:
            while True:
                number = next(self._numbers)
                line.request("POST", "/api/v1/records?feed=load", msgspec.json.encode([record(number)]))
                got = line.getresponse()
                body = got.read()  # to its end: half an answer is none
                if got.status == 200 and b'"failed":0' in body:
                    self.acknowledged.append(number)
                else:
                    self.refused.append((got.status, body))
        except (OSError, http.client.HTTPException):
            pass
        finally:
            line.close()

    def over(self) -> list[int]:
        for thread in self._threads:
            thread.join(30)
        assert not self.refused
        return self.acknowledged


class Numbers:
    """A number for each who asks, none twice."""

    def __init__(self) -> None:
        self._lock, self._last = threading.Lock(), 0

    def __next__(self) -> int:
        with self._lock:
            self._last += 1
            return self._last


def killed(start: Callable[..., Server], path: Path, rounds: int, dice: random.Random) -> None:
    numbers = Numbers()
    everything: list[int] = []
    before: list[int] = []
    for _ in range(rounds):
        server = start("--quiet")
        if before:  # the same again: all of it is known
            got = server.ask("POST", "/api/v1/records?feed=load", [record(n) for n in before]).json
            assert (got["received"], got["unchanged"]) == (len(before), len(before)), got
        load = Load(server, numbers)
        time.sleep(dice.uniform(0.1, 0.4))
        server.kill()
        before = load.over()
        assert before, "nothing was acknowledged: the load was none"
        everything += before
    assert len(everything) == len(set(everything)) >= 10 * rounds
    with open_catalog(path) as catalog:
        assert isinstance(catalog.store, SqliteStore)
        assert catalog.store.check() == []
        names = [r.ref.name for r in catalog.export() if isinstance(r, Dataset)]
        assert len(names) == len(set(names))
        assert {f"shop.public.t{n}" for n in everything} <= set(names)
        for number in dice.sample(everything, min(50, len(everything))):
            told = [e.change for e in catalog.history(f"{NAMESPACE}/shop.public.t{number}")]
            assert told == ["created"]


def test_killed_three_times(start: Callable[..., Server], tmp_path: Path) -> None:
    killed(start, tmp_path / "c.db", 3, random.Random())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_a_hundred_times(start: Callable[..., Server], tmp_path: Path) -> None:
    killed(start, tmp_path / "c.db", 100, random.Random())
