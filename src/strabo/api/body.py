"""Reading a request's body: bounded in size, unpacked and packed, and in time."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import msgspec
import zstandard

from strabo.api.problems import Refused

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one request may cost."""

    bytes: int = 64 * 1024 * 1024  # as sent
    unpacked: int = 256 * 1024 * 1024  # after decompression
    seconds: float = 30.0  # until the body is here, and what a slow line needs more at 64 kB a second


class Gone(Exception):
    """Who asked has hung up."""


async def read(receive: Receive, headers: Mapping[str, str], limits: Limits) -> bytes:
    """The body, decompressed. Raises Refused: 408 too slow, 413 too large, 415 an unknown coding, 400 a broken one."""
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
        return unpack(body, coding, limits.unpacked)
    return await asyncio.to_thread(unpack, body, coding, limits.unpacked)


def unpack(body: bytes, coding: str, most: int) -> bytes:
    """The content of a gzip or zstd body, never more than `most` bytes of it in memory."""
    try:
        return _gunzip(body, most) if coding == "gzip" else _unzstd(body, most)
    except (zlib.error, zstandard.ZstdError, EOFError) as error:
        raise Refused(
            400, f"the body is no whole {coding}: {error}", fix="compress it again and send it again"
        ) from error


def _gunzip(body: bytes, most: int) -> bytes:
    out: list[bytes] = []
    size = 0
    while body:  # a gzip file may have several members
        reader = zlib.decompressobj(wbits=31)
        out.append(reader.decompress(body, most - size + 1))
        size += len(out[-1])
        if size > most:
            raise _too_large(most)
        if not reader.eof:
            raise EOFError("it ends too early")
        body = reader.unused_data
    return b"".join(out)


def _unzstd(body: bytes, most: int) -> bytes:
    # The window is what unpacking needs whatever the size: 8 MB is what `zstd` itself makes at most by default.
    made = zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024)
    size = 0
    with made.stream_reader(body, read_across_frames=True) as reader:  # bounded, but silent about a missing end
        while chunk := reader.read(1 << 20):
            size += len(chunk)
            if size > most:
                raise _too_large(most)
    out: list[bytes] = []
    while body:
        whole = made.decompressobj()
        out.append(whole.decompress(body))
        if not whole.eof:
            raise EOFError("it ends too early")
        body = whole.unused_data
    return b"".join(out)


def _too_large(most: int) -> Refused:
    return Refused(413, f"the body is larger than {most:,} bytes", fix="send it in several requests")
