"""Connections that nobody can hold for nothing: so many, each request's head in time and of a size, answers taken.

uvicorn times out what is between two requests; a head that comes a byte a minute it would wait for for ever.
"""

import asyncio
import logging
from asyncio.transports import Transport
from http import HTTPStatus
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from strabo.api.app import SECURITY
from strabo.api.problems import MEDIA, TITLES, Problem

_log = logging.getLogger("strabo.access")


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection may cost."""

    seconds: float = 10.0  # from its first byte until a request's head is here; of a new connection, from the start
    head: int = 64 * 1024  # bytes of a request's head
    reader: float = 60.0  # until the reader of an answer takes more of it
    connections: int = 1000  # at once; for more the process may have no file descriptors


def protocol(patience: Patience) -> type[asyncio.Protocol]:
    """The protocol of uvicorn with these bounds."""
    return type("Bounded", (_Bounded,), {"patience": patience})


class _Bounded(HttpToolsProtocol):
    patience = Patience()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None
        self._head = 0  # bytes of a head that is not complete
        self._in_body = False
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.patience.connections:
            self._end(503, "too many connections are open", "connect again in a second", b"retry-after: 1\r\n")
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._go()
        self._taken()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.parser is None or self.transport.is_closing():
            return
        if self._answering:
            self._go()  # a head is complete: the application waits for what comes
            return
        self._head += 0 if self._in_body else len(data)
        if self._head > self.patience.head:
            self._too_long()
        elif self._timer is None:
            self._wait()

    def on_headers_complete(self) -> None:
        self._head = 0
        self._in_body = True
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.patience.head and not self._answering:  # it came in one piece
            self._too_long()
            raise ValueError("the head is too long")  # to the parser: nothing of it is looked at any more
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's, which names no reason
        self._end(400, "this is no HTTP/1.1 request", "quote what is not ASCII in a path; send each header once")

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self._unread or self.loop.call_later(self.patience.reader, self._untaken)

    def resume_writing(self) -> None:
        self._taken()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._close()

    def _taken(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _untaken(self) -> None:
        _log.warning("%s", msgspec.json.encode({"event": "slow reader", "from": (self.client or [""])[0]}).decode())
        self.transport.abort()

    def _close(self) -> None:
        """Closes when all is sent, or when its reader takes too long."""
        self.transport.close()
        if self.transport.get_write_buffer_size():
            self._unread = self._unread or self.loop.call_later(self.patience.reader, self._untaken)

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._timer = self.loop.call_later(self.patience.seconds, self._late)

    def _go(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._timer = None
        if self._answering:
            return
        if self._head:
            self._end(408, "the head of the request did not arrive in time", "send it in one piece")
        elif not self.transport.is_closing():  # it never said a word
            self._close()

    def _too_long(self) -> None:
        most = f"{self.patience.head:,}"
        self._end(431, f"the head of the request is longer than {most} bytes", "send less in path and headers")

    def _end(self, status: int, what: str, fix: str, more: bytes = b"") -> None:
        """Answers what never becomes a request, as a problem like any other, and closes."""
        self._go()
        if not self.transport.is_closing():
            self.transport.write(_answer(status, what, fix, more))
            self._close()


def _answer(status: int, what: str, fix: str, more: bytes) -> bytes:
    body = msgspec.json.encode(Problem(title=TITLES[status], status=status, detail=what, fix=fix))
    head = [b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())]
    head += [name + b": " + value for name, value in SECURITY]
    head += [b"content-type: " + MEDIA.encode(), b"content-length: %d" % len(body), b"connection: close"]
    return b"\r\n".join(head) + b"\r\n" + more + b"\r\n" + body
