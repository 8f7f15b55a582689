"""What the server takes in: durable single OpenLineage events, batches of small records, and reads beside them.

`python -m bench.push`. The load generator is one process beside the server, on the same cores: N connections, each
sending its next request when the last one is answered. An answer comes only after the commit is on disk.

`--feast FOLDER` puts the other server that takes OpenLineage and is installed with pip beside it: FOLDER is an environment
made with `python -m venv FOLDER && FOLDER/bin/pip install 'feast[openlineage]'`. Its store is SQLite, like ours.
"""

import argparse
import asyncio
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.tools import percentile, table, write

Times = list[float]


class Line:
    """One connection, kept open."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def open(self) -> "Line":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def ask(
        self, method: str, path: str, body: bytes = b"", media: str = "application/json"
    ) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        self.writer.write(
            f"{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {media}\r\n"
            f"content-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return int(head[9:12]), await self.reader.readexactly(length)


def event(number: int, kind: str, run: str, jobs: int) -> bytes:
    """About 1.1 kB, as openlineage-python sends it: a schema, two inputs, one output, a few facets."""
    n = number % jobs
    base = {"_producer": "https://example.org/etl", "_schemaURL": "https://openlineage.io/spec/facets/1-0-0/F.json"}

    def dataset(name: str, columns: int) -> dict[str, Any]:
        fields = [{"name": f"column_{i}", "type": "varchar"} for i in range(columns)]
        return {"namespace": "postgres://db:5432", "name": name, "facets": {"schema": {**base, "fields": fields}}}

    return json.dumps(
        {
            "eventType": kind,
            "eventTime": f"2026-11-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z",
            "producer": "https://example.org/etl",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": run, "facets": {"nominalTime": {**base, "nominalStartTime": "2026-11-01T00:00:00Z"}}},
            "job": {"namespace": "etl", "name": f"dag_{n // 10}.task_{n}", "facets": {}},
            "inputs": [dataset(f"shop.raw.t{n}", 4), dataset(f"shop.raw.t{n + 1}", 4)],
            "outputs": [dataset(f"shop.mart.t{n}", 4)],
        }
    ).encode()


async def singles(port: int, seconds: float, lines: int, rate: float | None, jobs: int) -> tuple[Times, int]:
    """Times of single events, in seconds; how many were refused. rate: events a second, None for all there is room for.

    Each run begins and ends, mostly over two connections.
    """
    times: Times = []
    refused = 0
    these = uuid.uuid4().int >> 32 << 32
    number = iter(range(10**9))
    until = time.perf_counter() + seconds
    began = time.perf_counter()

    async def one() -> None:
        nonlocal refused
        line = await Line(port).open()
        while time.perf_counter() < until:
            n = next(number)
            if rate:
                await asyncio.sleep(max(0.0, began + n / rate - time.perf_counter()))
            run = str(uuid.UUID(int=these + n // 2))
            body = event(n // 2, "START" if n % 2 == 0 else "COMPLETE", run, jobs)
            start = time.perf_counter()
            status, _ = await line.ask("POST", "/api/v1/lineage", body)
            times.append(time.perf_counter() - start)
            refused += status != 201
        line.writer.close()

    await asyncio.gather(*(one() for _ in range(lines)))
    return times, refused


async def searching(port: int, seconds: float, rate: float) -> Times:
    """Times of searches beside what else goes on."""
    times: Times = []
    line = await Line(port).open()
    began = time.perf_counter()
    n = 0
    while time.perf_counter() - began < seconds:
        await asyncio.sleep(max(0.0, began + n / rate - time.perf_counter()))
        n += 1
        start = time.perf_counter()
        status, _ = await line.ask("GET", f"/api/v1/search?q=task_{n % 50}&limit=10")
        times.append(time.perf_counter() - start)
        assert status == 200, status
    line.writer.close()
    return times


async def batches(port: int, count: int, size: int, lines: int) -> float:
    """Small records a second: `stats` of tables, a batch a request."""
    bodies = []
    for b in range(count):
        rows = [
            {
                "type": "stats",
                "ref": {"namespace": "postgres://db:5432", "name": f"shop.s{b}.t{n}"},
                "rows": n * 7,
                "bytes": n * 8192,
            }
            for n in range(size)
        ]
        bodies.append(b"\n".join(json.dumps(r).encode() for r in rows))
    waiting = iter(bodies)
    began = time.perf_counter()

    async def one() -> None:
        line = await Line(port).open()
        for body in waiting:
            status, answer = await line.ask("POST", "/api/v1/records?feed=bench", body, "application/x-ndjson")
            assert status == 200, answer[:300]
        line.writer.close()

    await asyncio.gather(*(one() for _ in range(lines)))
    return count * size / (time.perf_counter() - began)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--lines", type=int, default=64)
    options.add_argument("--jobs", type=int, default=500)
    options.add_argument("--feast", type=Path)
    args = options.parse_args()
    rows: list[dict[str, Any]] = []
    with ours() as port:
        asyncio.run(singles(port, 1, 8, None, args.jobs))  # warm
        rows.append(_row("single events, as many as go", *asyncio.run(most(port, args)), args.seconds))

        async def both() -> tuple[tuple[Times, int], Times]:
            return await asyncio.gather(
                singles(port, args.seconds, 16, 200, args.jobs), searching(port, args.seconds, 10)
            )

        (times, refused), reads = asyncio.run(both())
        rows.append(_row("single events, 200 a second", times, refused, args.seconds))
        rows.append(_row("searches beside them, 10 a second", reads, 0, args.seconds))
        small = asyncio.run(batches(port, 20, 5000, 2))
        again = asyncio.run(batches(port, 20, 5000, 2))
    if args.feast:
        with feast(args.feast) as port:
            asyncio.run(singles(port, 1, 8, None, args.jobs))
            rows.append(_row("Feast: single events, as many as go", *asyncio.run(most(port, args)), args.seconds))
    table("push", rows)
    batched = [{"what": "first time", "records/s": small}, {"what": "again, unchanged", "records/s": again}]
    table("batches of 5,000 small records", batched)
    write("push", [*rows, *batched])


async def most(port: int, args: argparse.Namespace) -> tuple[Times, int]:
    return await singles(port, args.seconds, args.lines, None, args.jobs)


@contextmanager
def ours() -> Iterator[int]:
    """The port of a server with an empty catalog."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "strabo", "--catalog", str(Path(folder) / "c.db"), "--quiet", "--json"]
        with _stopped(
            subprocess.Popen([*command, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
        ) as server:
            assert server.stdout is not None
            yield int(json.loads(server.stdout.readline())["url"].rpartition(":")[2])


@contextmanager
def feast(environment: Path) -> Iterator[int]:
    """The port of Feast's lineage server, which keeps what it is told in SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "feature_store.yaml").write_text(
            f"project: bench\nprovider: local\nregistry: {{registry_type: sql, path: 'sqlite:///{folder}/registry.db'}}\n"
            f"online_store: {{type: sqlite, path: {folder}/online.db}}\n"
            "openlineage: {enabled: true, transport_type: console, namespace: bench,"
            " consumer: {enabled: true, store_type: sql}}\n"
        )
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        command = [
            str(environment.absolute() / "bin" / "feast"),
            "serve_lineage",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        quiet = subprocess.DEVNULL
        with _stopped(subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=quiet)):
            for _ in range(600):
                with socket.socket() as door:
                    if door.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield port


@contextmanager
def _stopped(server: subprocess.Popen[Any]) -> Iterator[subprocess.Popen[Any]]:
    try:
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
        if server.stdout is not None:
            server.stdout.close()


def _row(what: str, times: Times, refused: int, seconds: float) -> dict[str, Any]:
    return {
        "what": what,
        "a second": len(times) / seconds,
        "p50 ms": percentile([t * 1000 for t in times], 0.5),
        "p99 ms": percentile([t * 1000 for t in times], 0.99),
        "refused": refused,
    }


if __name__ == "__main__":
    main()
