"""A server that keeps what clients post, and can be told to be busy."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it came; `body` as it was before it was compressed."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int


class Receiver:
    """Where it answers, what came, and how often it is still to answer 503."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.received: list[Received] = []
        self.busy = 0
        self._lock = threading.Lock()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Keeps one request; the status to answer with."""
        with self._lock:
            status = 503 if self.busy else 201
            self.busy = max(0, self.busy - 1)
            self.received.append(Received(path=path, headers=headers, body=body, status=status))
            return status

    def events(self) -> list[dict[str, Any]]:
        """What was accepted, in the order in which it came."""
        with self._lock:
            return [msgspec.json.decode(one.body) for one in self.received if one.status < 300]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of loopback, for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = b"".join(self._parts())
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            status = receiver.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _parts(self) -> Iterator[bytes]:
            """The body as it came: at once, or, as Spark's listener sends what it compresses, in chunks."""
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                yield self.rfile.read(int(self.headers.get("Content-Length") or 0))
                return
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass  # trailers

        def log_message(self, *_: object) -> None:
            """Tests say what they have to say themselves."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        receiver = Receiver(f"http://127.0.0.1:{http.server_port}")
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            http.shutdown()
            thread.join()
