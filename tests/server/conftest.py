"""A real server in a process of its own."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec
import pytest

# `strabo serve`, with what a test must not wait for made short: argv[1] holds such settings as JSON.
SERVE = """
import sys, msgspec
from functools import partial
import strabo.cli.serve as serve
from strabo.api.body import Limits
from strabo.api.connections import Patience
more = msgspec.json.decode(sys.argv.pop(1))
for name, kind in ("limits", Limits), ("patience", Patience):
    if name in more:
        more[name] = kind(**more[name])
serve.Settings = partial(serve.Settings, **more)
from strabo.cli import main
main()
"""


class Answer(msgspec.Struct):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Server:
    """`strabo serve` over a catalog file; leaves at the end of the block, however it ends."""

    def __init__(self, catalog: Path, *args: str, short: dict[str, Any] | None = None) -> None:
        line = [sys.executable, "-c", SERVE, msgspec.json.encode(short or {}).decode(), "--catalog", str(catalog)]
        line += ["serve", "--json", *(() if "--port" in args else ("--port", "0")), *args]
        self.log = catalog.parent / f"{time.monotonic_ns()}.log"
        env = {k: v for k, v in os.environ.items() if not k.startswith("STRABO")}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=log, cwd=catalog.parent, env=env)
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        if not said:
            self.process.wait(10)
            self.process.stdout.close()
            raise AssertionError(f"it did not start: {self.said()}")
        self.url = msgspec.json.decode(said)["url"]
        self.host, self.port = str(urlsplit(self.url).hostname), int(urlsplit(self.url).port or 0)

    def ask(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, timeout: float = 20
    ) -> Answer:
        """One request on a connection of its own; what is no bytes goes as JSON."""
        content = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
        line = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            line.request(method, path, content, headers or {})
            got = line.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        finally:
            line.close()

    def connect(self, timeout: float = 20) -> socket.socket:
        """A connection to write bytes on."""
        return socket.create_connection((self.host, self.port), timeout=timeout)

    def kill(self) -> None:
        """As a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self._gone()

    def stop(self) -> int:
        """As a supervisor would; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self._gone()

    def _gone(self) -> int:
        code = self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def said(self) -> str:
        """All that is on its standard error."""
        return self.log.read_text(encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.kill()
        elif self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers over one catalog, c.db."""
    servers: list[Server] = []

    def _start(*args: str, **more: Any) -> Server:
        servers.append(Server(tmp_path / "c.db", *args, **more))
        return servers[-1]

    yield _start
    for server in servers:
        server.__exit__(None, None, None)


def all_of(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    found = b""
    try:
        while chunk := connection.recv(65536):
            found += chunk
    except ConnectionResetError:
        pass
    return found
