"""The gate before the application: it knows what is under way, and is closed for what is new when the server stops."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import msgspec

from strabo.api.app import SECURITY
from strabo.api.problems import problem
from strabo.errors import Overloaded

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_ALWAYS = frozenset({"/healthz"})
_LINGER = 2.0  # seconds that a refused body is still read and thrown away, so that its sender reads why


class Gate:
    """An ASGI application around another."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.stopping = False
        self.under_way = 0  # requests to be finished before the server ends; streams of events are without end
        self.turned_away = 0

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self.stopping and scope["path"] not in _ALWAYS:
            self.turned_away += 1
            await _refuse(send)
        else:
            answering = _Answering(self, receive, send, body=_has_body(scope["headers"]))
            self.under_way += 1
            try:
                await self._app(scope, answering.receive, answering.send)
            finally:
                answering.done()


class _Answering:
    """One request on its way through the gate."""

    def __init__(self, gate: Gate, receive: Receive, send: Send, *, body: bool) -> None:
        self._gate, self._receive, self._send = gate, receive, send
        self._counted = True
        self._more = body  # of the request is still to come
        self._early = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._more = bool(message.get("more_body", False))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = self._started(message)
        elif self._early and self._more and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._drain()
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)

    def _started(self, message: Message) -> Message:
        headers = list(message.get("headers", []))
        if any(name == b"content-type" and value.startswith(b"text/event-stream") for name, value in headers):
            self.done()
        self._early = self._more
        if self._early or self._gate.stopping:  # nobody will read what is left of the body
            return {**message, "headers": [*headers, (b"connection", b"close")]}
        return message

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(_LINGER):
                while self._more:
                    await self.receive()
        except TimeoutError:
            self._more = False

    def done(self) -> None:
        if self._counted:
            self._counted = False
            self._gate.under_way -= 1


def _has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any((n == b"content-length" and v != b"0") or n == b"transfer-encoding" for n, v in headers)


async def _refuse(send: Send) -> None:
    reply = problem(Overloaded("the server is stopping", fix="send it again in a few seconds", wait=5))
    body = msgspec.json.encode(reply.value)
    headers = {**reply.headers, "content-type": reply.media, "content-length": str(len(body)), "connection": "close"}
    raw = [*SECURITY, *((name.encode(), value.encode()) for name, value in headers.items())]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
