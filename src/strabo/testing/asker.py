"""Asking an ASGI application without a socket."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from strabo.catalog.catalog import Catalog


class Answer(msgspec.Struct):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Asker:
    """Sends requests to an ASGI application, on one loop of its own."""

    def __init__(self, app: Any, catalog: Catalog) -> None:
        self.app, self.catalog = app, catalog
        self._loop = asyncio.new_event_loop()

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        address: str = "127.0.0.1",
        chunks: Sequence[bytes] | None = None,
    ) -> Answer:
        """Sends a request; a body that is no bytes goes as JSON. path: as it would be sent, query included."""
        content = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        raw, _, query = path.partition("?")
        sent = {"host": "localhost", **{k.lower(): v for k, v in (headers or {}).items()}}
        scope = {
            "type": "http",
            "method": method,
            "path": raw,
            "raw_path": raw.encode(),
            "query_string": query.encode(),
            "headers": [(k.encode(), v.encode()) for k, v in sent.items()],
            "client": (address, 1),
        }
        parts = list(chunks) if chunks is not None else [content]
        messages = [{"type": "http.request", "body": p, "more_body": n < len(parts) - 1} for n, p in enumerate(parts)]
        got: list[Any] = []

        async def receive() -> Any:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            got.append(message)

        self._loop.run_until_complete(self.app(scope, receive, send))
        if not got:
            return Answer(0, {}, b"")
        answer_headers = {k.decode(): v.decode() for k, v in got[0]["headers"]}
        return Answer(got[0]["status"], answer_headers, b"".join(m.get("body", b"") for m in got[1:]))

    def close(self) -> None:
        self._loop.close()
