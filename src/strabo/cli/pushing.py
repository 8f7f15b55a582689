"""Files of things to push, one thing at a time: records and OpenLineage events, as lines or as JSON documents."""

import gzip
import json
import os
import select
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

import zstandard

from strabo.errors import UsageError
from strabo.ingest import artifact
from strabo.ingest.disk import Compression, compression, reporting
from strabo.kit.lines import as_json

_CHUNK = 1 << 16
_LONGEST = 64 << 20  # bytes of one thing, and of a file of JSON documents that are no lines
_MOMENT = 0.2  # seconds
_BLANK = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
_FRAME = b'{"strabo"'  # how the first and the last line of a staged file begin


class Thing(NamedTuple):
    """What is pushed: its JSON on one line, and where it stood."""

    text: bytes
    place: str  # "line 4", "item 4"
    event: bool  # whether it is an OpenLineage event


class Parcel(NamedTuple):
    """A file that is open. feed: what a staged file says. staged: the path of a whole staged file; "" for any other.

    None among the things means: nothing more is there for now, so what came before had better be sent.
    """

    feed: str
    staged: str
    things: Iterator[Thing | None]


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


@contextmanager
def parcel(file: str) -> Iterator[Parcel]:
    """The things in a file, packed or not; `-` is standard input, read as it comes.

    Raises UsageError: at once for a file that is not there, empty, or staged and damaged; while it is read, for one
    that does not unpack.
    """
    with ExitStack() as stack:
        raw: Readable = sys.stdin.buffer
        if file != "-":
            with reporting(file):
                raw = stack.enter_context(Path(file).open("rb"))
        how, stream = _unpacked(raw)
        start = _start(stream, file)
        feed = path = ""
        if start.startswith(_FRAME):
            path = file
            if file == "-" or not Path(file).is_file() or how != compression(file):
                path = stack.enter_context(_copy(_Ahead(start, stream), file))
                start, stream = b"", stack.enter_context(Path(path).open("rb"))
            artifact.verify(path)
            feed = artifact.peek(path).feed
        yield Parcel(feed, path, _things(_lines(_Ahead(start, stream), raw, file), file))


# --- bytes ------------------------------------------------------------------------------------------------------


class _Ahead:
    """A stream of which the start has been read already."""

    def __init__(self, start: bytes, stream: Readable) -> None:
        self._start, self._stream = start, stream

    def read(self, size: int = -1, /) -> bytes:
        """What is there, at most `size` bytes: a pipe hands over what it has, so things are pushed as they come."""
        if not self._start:
            take = getattr(self._stream, "read1", self._stream.read)
            return bytes(take(size))
        taken = self._start if size < 0 else self._start[:size]
        self._start = self._start[len(taken) :]
        return taken


def _unpacked(raw: Readable) -> tuple[Compression, Readable]:
    """How a stream is packed, by its first bytes, and what is in it."""
    start = raw.read(4)
    ahead = _Ahead(start, raw)
    if start == b"\x28\xb5\x2f\xfd":
        unpacker = zstandard.ZstdDecompressor()
        return "zst", cast("Readable", unpacker.stream_reader(cast("Any", ahead), read_across_frames=True))
    if start.startswith(b"\x1f\x8b"):
        return "gz", cast("Readable", gzip.GzipFile(fileobj=cast("Any", ahead)))
    return "", ahead


def _read(stream: Readable, file: str) -> bytes:
    try:
        with reporting(file):
            return stream.read(_CHUNK)
    except (zstandard.ZstdError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        fix = "copy it again, or pack it again"
        raise UsageError(
            f"the file is damaged: it does not decompress ({error})", where=_where(file), fix=fix
        ) from error


def _start(stream: Readable, file: str) -> bytes:
    """The first bytes that say anything."""
    first = True
    while chunk := _read(stream, file):
        said = (chunk.removeprefix(_BOM) if first else chunk).lstrip(_BLANK)
        if len(said) >= len(_FRAME) or b"\n" in said:
            return said
        if said:
            return said + _read(stream, file)
        first = False
    raise UsageError("the file is empty", where=_where(file), fix="run again what writes it")


@contextmanager
def _copy(stream: Readable, file: str) -> Iterator[str]:
    """The path of an unpacked copy, for what must be read twice: once to see that it is whole."""
    with tempfile.TemporaryDirectory(prefix="strabo-") as folder:
        path = Path(folder) / "pushed.jsonl"
        with path.open("wb") as copy:
            while chunk := _read(stream, file):
                copy.write(chunk)
        yield str(path)


# --- things -----------------------------------------------------------------------------------------------------


def _things(lines: Iterator[tuple[int, bytes]], file: str) -> Iterator[Thing | None]:
    head = next(lines, (1, b""))
    if head[1] == b"{" or head[1].startswith(b"["):
        yield from _documents(head[1], lines, file)
        return
    for number, text in chain([head], lines):
        if not number:
            yield None
        elif text and not text.startswith(_FRAME):
            yield Thing(text, f"line {number}", is_event(text))


def _lines(stream: Readable, raw: Readable, file: str) -> Iterator[tuple[int, bytes]]:
    """The lines that say anything, numbered from 1, without blanks around them; (0, b"") while a pipe has no more."""
    number, rest, said = 0, b"", False
    while True:
        if said and _pauses(raw):
            yield 0, b""
            said = False
        chunk = _read(stream, file)
        if not chunk:
            break
        *whole, last = chunk.split(b"\n")
        for text in whole:
            number += 1
            line, rest = (rest + text).strip(_BLANK), b""
            if line:
                said = True
                yield number, line
        rest += last
        if len(rest) > _LONGEST:
            fix = "this is no file of records or events"
            raise UsageError("a line is longer than 64 MiB", where=f"{_where(file)}:{number + 1}", fix=fix)
    if rest.strip(_BLANK):
        yield number + 1, rest.strip(_BLANK)


def _pauses(raw: Readable) -> bool:
    """Whether a pipe has nothing to read for a moment; never for a file, nor where one cannot tell."""
    try:
        number = raw.fileno()  # type: ignore[attr-defined]
        if stat.S_ISREG(os.fstat(number).st_mode):
            return False
        return not select.select([number], [], [], _MOMENT)[0]
    except (OSError, ValueError, AttributeError):
        return False


def _documents(first: bytes, lines: Iterator[tuple[int, bytes]], file: str) -> Iterator[Thing]:
    """The things in JSON that was laid out for people: an array of them, or one after the other."""
    parts, size = [first], len(first)
    for _, text in lines:
        parts.append(text)
        size += len(text)
        if size > _LONGEST:
            fix = "write one thing a line: `jq -c '.[]'` does it"
            raise UsageError("JSON that is no lines may be 64 MiB", where=_where(file), fix=fix)
    decoder = json.JSONDecoder()
    try:
        whole, at, number = b"\n".join(parts).decode(), 0, 0
        while at < len(whole):
            found, at = decoder.raw_decode(whole, at)
            while whole[at : at + 1].isspace():
                at += 1
            for item in found if isinstance(found, list) else [found]:
                number += 1
                line = as_json(item)
                yield Thing(line, f"item {number}", is_event(line))
    except (ValueError, RecursionError) as error:
        fix = "write one record or event a line, or an array of them"
        raise UsageError(f"not JSON: {error}", where=_where(file), fix=fix) from None


def is_event(text: bytes) -> bool:
    """Whether it is an OpenLineage event, by its fields: a time and a run, a job or a dataset, and no `ref`."""
    if b'"eventTime"' not in text:
        return False
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "eventTime" in found and "ref" not in found


def _where(file: str) -> str:
    return "standard input" if file == "-" else file
