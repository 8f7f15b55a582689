"""A server that keeps what clients post, hands it on if there is somebody to take it, and can be told to be busy."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import msgspec

_OF_THE_HOP = {"connection", "content-length", "date", "host", "keep-alive", "transfer-encoding"}


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it came; `body` as it was before it was compressed."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes


class Receiver:
    """Where it answers, what came, and how often it is still to answer 503.

    behind: the server that takes what comes; without one everything is taken and kept here only.
    """

    def __init__(self, url: str, behind: str | None = None) -> None:
        self.url, self.behind = url, behind
        self.received: list[Received] = []
        self.busy = 0
        self._lock = threading.Lock()

    def take(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> tuple[int, dict[str, str], bytes]:
        """Keeps one request; the status, the headers and the body to answer with."""
        with self._lock:
            busy = self.busy > 0
            self.busy = max(0, self.busy - 1)
        answer = (503, {"retry-after": "0"}, b"") if busy else self._behind(method, path, headers, raw)
        body = gzip.decompress(raw) if headers.get("content-encoding") == "gzip" else raw
        with self._lock:
            self.received.append(
                Received(method=method, path=path, headers=headers, body=body, status=answer[0], answer=answer[2])
            )
        return answer

    def _behind(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> tuple[int, dict[str, str], bytes]:
        if self.behind is None:
            return 201, {}, b""
        host = urlsplit(self.behind).netloc
        connection = HTTPConnection(host, timeout=60)
        with closing(connection):
            sent = {name: value for name, value in headers.items() if name not in _OF_THE_HOP}
            connection.request(method, path, body=raw or None, headers=sent | {"host": host})
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, {name: told[name] for name in told if name not in _OF_THE_HOP}, answer.read()

    def refused(self) -> list[str]:
        """What was not accepted, but for what was told to come again."""
        with self._lock:
            return [
                f"{one.method} {one.path}: {one.status} {one.answer[:500]!r}"
                for one in self.received
                if one.status >= 400 and one.status != 503
            ]

    def events(self) -> list[dict[str, Any]]:
        """What was accepted, in the order in which it came."""
        with self._lock:
            return [
                msgspec.json.decode(one.body)
                for one in self.received
                if one.method == "POST" and one.path.endswith("/lineage") and one.status < 300
            ]


@contextmanager
def receiving(behind: str | None = None) -> Iterator[Receiver]:
    """A receiver on a free port of loopback, for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = b"".join(self._parts())
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, told, body = receiver.take(self.command, self.path, headers, raw)
            self.send_response(status)
            for name, value in told.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 - http.server's names

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
        receiver = Receiver(f"http://127.0.0.1:{http.server_port}", behind)
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            http.shutdown()
            thread.join()
