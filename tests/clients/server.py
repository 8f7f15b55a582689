"""`strabo serve` as a process of its own, on a catalog that can be asked beside it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from strabo.model import codec
from strabo.model.records import Lineage, Record
from strabo.model.ref import Ref

_PATIENCE = 30.0  # seconds for the server to come up, and for it to stop

Kind = TypeVar("Kind", bound=msgspec.Struct)


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where it answers, the catalog that it serves, and the token that it wants, if it wants one."""

    url: str
    catalog: Path
    token: str | None = None

    def export(self) -> list[Record]:
        """The records of the catalog as they are now, by the command that users have."""
        lines = strabo(self.catalog, "export").splitlines()
        return [codec.decode(line.encode()) for line in lines]

    def about(self, kind: type[Kind], namespace: str) -> dict[str, Kind]:
        """The records of one kind whose Ref lies in a namespace, by its name; each name only once."""
        found: dict[str, Kind] = {}
        for record in self.export():
            if isinstance(record, kind) and record.ref.namespace == namespace:
                assert record.ref.name not in found, f"said more than once: {record.ref.name}"
                found[record.ref.name] = record
        return found

    def lineage(self, namespace: str, name: str) -> Lineage:
        """What feeds a dataset, as the one job that writes it says."""
        found = [one for one in self.export() if isinstance(one, Lineage) and one.ref == Ref(namespace, name)]
        assert len(found) == 1, f"{name}: {found}"
        return found[0]


def made_token(catalog: Path, *rights: str) -> str:
    """A new token with these rights; from then on a server wants one of everybody."""
    words = [word for right in rights for word in ("--right", right)]
    said = strabo(catalog, "--json", "token", "create", *words, "a-client")
    return str(msgspec.json.decode(said)["secret"])


def strabo(catalog: Path, *words: str) -> str:
    """What a command of ours prints; fails the test when it does not end well."""
    done = subprocess.run(
        [sys.executable, "-m", "strabo", "--catalog", str(catalog), *words],
        text=True, capture_output=True, check=False, timeout=60, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == 0, f"strabo {' '.join(words)}\n{done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def serving(catalog: Path, *rights: str) -> Iterator[Server]:
    """A server on a free port of loopback; at the end of the block it is asked to stop, and must stop well.

    rights: with any, it wants a token, and there is one that has these.
    """
    token = made_token(catalog, *rights) if rights else None
    log = catalog.with_suffix(".log")
    command = [sys.executable, "-m", "strabo", "--catalog", str(catalog), "--json", "serve", "--port", "0"]
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, f"the server did not come up:\n{log.read_text()}"
            yield Server(url=msgspec.json.decode(line)["url"], catalog=catalog, token=token)
            assert process.poll() is None, f"the server ended by itself:\n{log.read_text()[-4000:]}"
            process.terminate()
            assert process.wait(timeout=_PATIENCE) == 0, log.read_text()[-4000:]
            assert "Traceback" not in log.read_text(), log.read_text()[-4000:]
        finally:
            if process.poll() is None:
                process.kill()


def sources(lineage: Lineage) -> set[str]:
    """The names of what feeds a dataset."""
    return {upstream.ref.name for upstream in lineage.upstreams}


def columns(lineage: Lineage) -> set[tuple[str, str, str, str]]:
    """(name of the source, its column, the column it feeds, how)."""
    return {(u.ref.name, edge.source, edge.target, edge.how) for u in lineage.upstreams for edge in u.columns}


def influences(lineage: Lineage) -> set[tuple[str, str, str]]:
    """(name of the source, its column, how it decides)."""
    return {(u.ref.name, one.source, one.how) for u in lineage.upstreams for one in u.influences}
