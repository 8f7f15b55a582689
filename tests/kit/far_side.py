"""A server that takes pushes as Strabo's does, and that can be told to fail first. Loopback, standard library."""

import gzip
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import zstandard

HANG_UP = -1  # instead of a status: reset the connection after the request is read
TAKE_AND_HANG_UP = -2  # store it, and reset the connection instead of answering


class Asked(NamedTuple):
    method: str
    path: str  # as sent, without the query
    query: dict[str, str]
    fields: dict[str, str]
    body: bytes

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.body.splitlines()]


class Plan(NamedTuple):
    """One answer in place of the usual one."""

    status: int
    body: bytes = b""
    fields: tuple[tuple[str, str], ...] = ()


class FarSide:
    """What it was asked, what it has stored; `plans` are used up before it answers as usual."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.stored: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.loads: list[list[dict[str, Any]]] = []  # the lines of each file that was loaded whole
        self.plans: list[Plan | int] = []
        self.connections = 0
        self.token: str | None = None
        self.most_bytes = 1 << 30
        self.fails: Callable[[dict[str, Any]], str | None] = lambda _: None
        self._answers: dict[str, bytes] = {}  # by idempotency key
        self.url = ""

    def take(self, asked: Asked) -> Plan:
        """The usual answer."""
        if self.token is not None and asked.fields.get("authorization") != f"Bearer {self.token}":
            return problem(401, f"no such token: {asked.fields.get('authorization')}")
        if len(asked.body) > self.most_bytes:
            return problem(413, "too large")
        if asked.path == "/api/v1/records":
            return self._records(asked)
        if asked.path == "/api/v1/lineage/batch":
            events = json.loads(asked.body)
            bad = [
                {"index": i, "reason": "no eventTime", "retriable": i % 2 == 0}
                for i, e in enumerate(events)
                if "eventTime" not in e
            ]
            self.events += [event for event in events if "eventTime" in event]
            if not bad:
                return Plan(204)
            summary = {"received": len(events), "successful": len(events) - len(bad), "failed": len(bad)}
            return answer({"status": "partial_success", "summary": summary, "failed_events": bad})
        if asked.path == "/api/v1/loads":
            return self._load(asked)
        if asked.path == "/readyz":
            return answer({"ready": True})
        path = [unquote(part) for part in asked.path.split("/")]
        return answer({"path": path, "query": asked.query, "method": asked.method})

    def _load(self, asked: Asked) -> Plan:
        key = asked.fields["idempotency-key"]
        if key not in self._answers:
            lines = [json.loads(line) for line in unpacked(asked.body).splitlines()]
            self.loads.append(lines)
            report = {"run": len(self.loads), "feed": asked.query.get("feed", ""), "status": "succeeded"}
            counts = {"records": len(lines) - 2, "written": len(lines) - 2, "listed": len(lines) - 2, "exit_code": 0}
            self._answers[key] = json.dumps({**report, **counts}).encode()
        return Plan(200, self._answers[key])

    def _records(self, asked: Asked) -> Plan:
        key = asked.fields["idempotency-key"]
        if key in self._answers:
            return Plan(200, self._answers[key])
        items: list[dict[str, Any]] = []
        good: list[dict[str, Any]] = []
        for index, record in enumerate(asked.lines):
            why = self.fails(record)
            if why:
                items.append({"index": index, "status": "failed", "error": why, "fix": "mend it"})
            else:
                state = "unchanged" if record in self.stored else "written"
                good.append(record)
                items.append({"index": index, "status": state})
        failed = [item for item in items if item["status"] == "failed"]
        if failed and asked.query.get("atomic") == "true":
            return answer(
                {
                    "title": "nothing was stored",
                    "status": 422,
                    "received": len(items),
                    "failed": len(failed),
                    "items": failed,
                },
                422,
            )
        states = [item["status"] for item in items]
        self.stored += good
        done = answer(
            {
                "received": len(items),
                "written": states.count("written"),
                "unchanged": states.count("unchanged"),
                "failed": len(failed),
                "items": items if asked.query.get("answers") == "all" else failed,
            }
        )
        self._answers[key] = done.body
        return done


def unpacked(body: bytes) -> bytes:
    """What is in a file, by its first bytes."""
    if body.startswith(b"\x28\xb5\x2f\xfd"):
        with zstandard.ZstdDecompressor().stream_reader(body, read_across_frames=True) as reader:
            return bytes(reader.read())
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def answer(value: Any, status: int = 200, **fields: str) -> Plan:
    return Plan(status, json.dumps(value).encode(), tuple(fields.items()))


def problem(status: int, detail: str, fix: str = "") -> Plan:
    body = json.dumps({"type": "about:blank", "title": "no", "status": status, "detail": detail, "fix": fix}).encode()
    return Plan(status, body, (("Content-Type", "application/problem+json"),))


@contextmanager
def far_side(tls: ssl.SSLContext | None = None) -> Iterator[FarSide]:
    """A server while the block lasts. tls: over https."""
    far = FarSide()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def setup(self) -> None:
            far.connections += 1
            super().setup()

        def _any(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            coding = self.headers.get("Content-Encoding")
            if coding == "zstd":
                body = zstandard.ZstdDecompressor().decompressobj().decompress(body)
            elif coding == "gzip":
                body = gzip.decompress(body)
            fields = {name.lower(): value for name, value in self.headers.items()}
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            asked = Asked(self.command, parts.path, query, fields, body)
            far.asked.append(asked)
            plan = far.plans.pop(0) if far.plans else None
            if plan in (HANG_UP, TAKE_AND_HANG_UP):
                if plan == TAKE_AND_HANG_UP:
                    far.take(asked)
                # A reset, not an end: nothing that was to be sent is.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                return
            done = far.take(asked) if plan is None else Plan(plan) if isinstance(plan, int) else plan
            self.send_response(done.status)
            for name, value in done.fields:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(done.body)))
            self.end_headers()
            self.wfile.write(done.body)

        do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - http.server's

        def finish(self) -> None:
            super().finish()
            self.connection.close()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    far.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield far
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
