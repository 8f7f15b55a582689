"""Reading a request's body: bounded in size, unpacked and packed, and in time; and all bodies together in size."""

import asyncio
import threading
import zlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from typing import Any

import msgspec
import zstandard

from strabo.api.problems import Refused
from strabo.errors import Overloaded

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one request may cost."""

    bytes: int = 64 * 1024 * 1024  # as sent
    unpacked: int = 256 * 1024 * 1024  # after decompression
    together: int = 384 * 1024 * 1024  # of all requests at once, packed and unpacked
    seconds: float = 30.0  # until the body is here, and what a slow line needs more at 64 kB a second


class Gone(Exception):
    """Who asked has hung up."""


class Budget:
    """The bytes that all bodies may take together."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self.used = 0

    def share(self) -> "Share":
        """What one request takes of it; to be given back."""
        return Share(self)

    def take(self, held: int, more: int) -> None:
        """Raises Overloaded when there is no room, unless nobody else holds anything: the largest body must fit."""
        with self._lock:
            if self.used + more > self._most and self.used > held:
                raise Overloaded(
                    "the bodies of other requests fill the memory", fix="send it again; nothing was stored"
                )
            self.used += more

    def give_back(self, held: int) -> None:
        """Room for others."""
        with self._lock:
            self.used -= held


class Share:
    """The bytes that one request holds of a budget."""

    __slots__ = ("_budget", "_held")

    def __init__(self, budget: Budget) -> None:
        self._budget, self._held = budget, 0

    def take(self, more: int) -> None:
        """Raises Overloaded when there is no room for more."""
        self._budget.take(self._held, more)
        self._held += more

    def give_back(self) -> None:
        """The request is over."""
        if self._held:
            self._budget.give_back(self._held)
            self._held = 0


async def read(receive: Receive, headers: Mapping[str, str], limits: Limits, share: Share | None = None) -> bytes:
    """The body, decompressed. Raises Refused: 408 too slow, 413 too large, 415 an unknown coding, 400 a broken one;
    and Overloaded when the bodies being read leave no room. share: where it is counted, until it is given back.
    """
    share = share or Budget(limits.together).share()
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"", "identity", "gzip", "zstd"}:
        raise Refused(415, f"the content encoding {coding[:40]!r} is not known", fix="send gzip, zstd or none")
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > limits.bytes:
        raise _too_large(limits.bytes)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.seconds) as patience:
            began = asyncio.get_running_loop().time()
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > limits.bytes:
                    raise _too_large(limits.bytes)
                share.take(len(chunk))
                chunks.append(chunk)
                more = message.get("more_body", False)
                if more:
                    patience.reschedule(began + limits.seconds + size / 65536)
    except TimeoutError:
        raise Refused(408, "the body did not arrive in time", fix="send it faster, or in smaller parts") from None
    body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    if coding in {"", "identity"} or not body:
        return body
    if len(body) < 65536:
        return unpack(body, coding, limits.unpacked, share)
    return await asyncio.to_thread(unpack, body, coding, limits.unpacked, share)


def unpack(body: bytes, coding: str, most: int, share: Share | None = None) -> bytes:
    """The content of a gzip or zstd body, never more than `most` bytes of it in memory."""
    chunks: list[bytes] = []
    size = 0
    try:
        for chunk in _gunzip(body) if coding == "gzip" else _unzstd(body):
            size += len(chunk)
            if size > most:
                raise _too_large(most)
            if share is not None:
                share.take(len(chunk))
            chunks.append(chunk)
        return b"".join(chunks)
    except (zlib.error, zstandard.ZstdError, EOFError) as error:
        raise Refused(
            400, f"the body is no whole {coding}: {error}", fix="compress it again and send it again"
        ) from error


_PIECE = 1 << 20
_PARTS = 1000  # gzip members or zstd frames in a row: beginning one costs more than a small one holds


def _gunzip(body: bytes) -> Iterator[bytes]:
    at = parts = 0
    while at < len(body):
        parts = _one_more(parts)
        reader = zlib.decompressobj(wbits=31)
        while not reader.eof:
            rest = body[at : at + 8192]
            if not rest:
                raise EOFError("it ends too early")
            at += len(rest)
            while rest and not reader.eof:
                yield reader.decompress(rest, _PIECE)
                rest = reader.unconsumed_tail
        at -= len(reader.unused_data)


def _unzstd(body: bytes) -> Iterator[bytes]:
    # The window is what unpacking needs whatever the size: 8 MB is what `zstd` itself makes at most by default.
    made = zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024)
    at = parts = 0
    while at < len(body):
        parts = _one_more(parts)
        frame = made.decompressobj()
        while not frame.eof:
            # Four bytes may stand for 128 kB, and what they unpack to comes at once: so only a few at a time.
            piece = body[at : at + 1024]
            if not piece:
                raise EOFError("it ends too early")
            at += len(piece)
            yield frame.decompress(piece)
        at -= len(frame.unused_data)


def _one_more(parts: int) -> int:
    if parts == _PARTS:
        raise EOFError(f"it has more than {_PARTS} parts")
    return parts + 1


def _too_large(most: int) -> Refused:
    return Refused(413, f"the body is larger than {most:,} bytes", fix="send it in several requests")
