"""Ctrl-C and SIGTERM during a run: it is recorded, and `--resume` goes on from the last complete scope."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
Ask = Callable[..., Any]

SLOW = '''
import os, time
from collections.abc import Iterator
from pathlib import Path

from strabo.model.records import Dataset, Record, ScopeComplete
from strabo.model.ref import Ref


class Slow:
    """Two scopes; the second never ends while the file `quick` is not there."""

    def read(self) -> Iterator[Record]:
        return self.read_rest(frozenset())

    def read_rest(self, done: frozenset[Ref]) -> Iterator[Record]:
        for scope in ("first", "second"):
            ref = Ref("slow://here", scope)
            if ref in done:
                continue
            with Path("read").open("a") as log:
                log.write(scope + "\\n")
            for number in range(1500):
                yield Dataset(ref=Ref("slow://here", f"{scope}.t{number}"))
            if scope == "second" and not Path("quick").exists():
                Path("waiting").touch()
                time.sleep(60)
            yield ScopeComplete(ref=ref)
'''


@pytest.fixture
def slow(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    (folder / "slow_source.py").write_text(SLOW, encoding="utf-8")
    (folder / "slow.yaml").write_text("source: {type: 'slow_source:Slow'}\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
    return [sys.executable, "-c", "from strabo.cli import main; main()"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_then_resumed(number: int, slow: list[str], ask: Ask, folder: Path) -> None:
    with subprocess.Popen([*slow, "ingest", "slow.yaml"], stderr=subprocess.PIPE, text=True) as started:
        for _ in range(300):
            if Path("waiting").exists():
                break
            time.sleep(0.1)
        assert Path("waiting").exists()
        started.send_signal(number)
        _, said = started.communicate(timeout=30)
    assert started.returncode == 130, said
    assert "slow: interrupted" in said
    assert "--resume" in said
    assert "Traceback" not in said
    told = ask("runs")["runs"][0]
    assert (told["status"], told["exit_code"], told["scopes"]) == ("interrupted", 130, 1)

    Path("quick").touch()
    done = subprocess.run([*slow, "ingest", "slow.yaml", "--resume", "--json"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    again = json.loads(done.stdout)
    assert (again["status"], again["listed"]) == ("succeeded", 1500)
    assert Path("read").read_text(encoding="utf-8").split() == ["first", "second", "second"]
    assert ask("search", "kind:table")["total"] == 3000
