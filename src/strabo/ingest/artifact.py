"""The stage file: records on disk, one a line, between a header and a trailer that proves the file whole.

    {"strabo": "records", "version": 1, "feed": …, "run": …, "created": …, "scopes": […]}
    {"type": "dataset", …}
    …
    {"strabo": "end", "records": N, "sha256": …, "scopes": […], "complete": true}

The hash is over all bytes before the trailer's line, uncompressed. `.zst` and `.gz` compress. Records alone, without
header and trailer, are read too, so that a shell script can write them; nothing then proves that none is missing.
"""

import errno
import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal, cast

import msgspec
import zstandard

from strabo.errors import BadRecord, StraboError, Unavailable, UsageError
from strabo.ingest.disk import PART, Compression, compressed, compression, line, reporting, sync_folder, write_all
from strabo.model import codec
from strabo.model.records import Failed, Record, ScopeComplete, Skipped
from strabo.model.ref import Ref

try:
    import fcntl
except ImportError:  # pragma: no cover -- Windows has no advisory locks: two runs into one file are then not told apart
    fcntl = None  # type: ignore[assignment]

VERSION = 1
"""Goes up when a reader of the version before would misread a file."""

_BLOCK = 1 << 20  # bytes of records that are compressed and written at once
_CHUNK = 1 << 18  # bytes that are read at once
_LONGEST_LINE = 256 << 20  # bytes: memory is bounded whatever a file holds


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line. A bare file of records has `version` 0."""

    strabo: Literal["records"] = "records"
    version: int = 0
    feed: str = ""
    run: int | str = ""
    created: datetime | None = None
    scopes: tuple[Ref, ...] = ()  # closed when the file was begun


class Trailer(msgspec.Struct, frozen=True, kw_only=True):
    """The last line. `complete` is False when the run broke off: the file is whole, the listing is not."""

    strabo: Literal["end"] = "end"
    records: int
    sha256: str
    scopes: tuple[Ref, ...]  # closed in this file, in order
    complete: bool


_encode = msgspec.json.Encoder().encode
_header = msgspec.json.Decoder(Header)
_trailer = msgspec.json.Decoder(Trailer)


# --- writing ----------------------------------------------------------------------------------------------------


class Writer:
    """Writes a stage file, under `path` + ".part" until it is closed as complete.

    A run that broke off leaves the ".part", which is readable, and which `Writer.resume` goes on with. Raises
    UsageError and Unavailable as `disk.reporting` says; a `write` that raises has written nothing.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        feed: str = "",
        run: int | str = "",
        scopes: Iterable[Ref] = (),
        resume: bool = False,
    ) -> None:
        self.path = Path(path)
        self.part = Path(f"{path}{PART}")
        self.header = Header(version=VERSION, feed=feed, run=run, created=datetime.now(UTC), scopes=tuple(scopes))
        self.records = 0
        self._scopes: list[Ref] = []
        self._how = compression(path)
        self._buffer = bytearray()
        self._hash = hashlib.sha256()
        self._size = 0  # bytes of the file that are good
        self._file = self._open()
        try:
            with reporting(self.part):
                if resume:
                    self._recover()
                self._file.truncate(self._size)
                self._file.seek(self._size)
        except BaseException:
            self._file.close()
            raise
        if not self._size:
            self._buffer += _encode_line(self.header)
            self._hash.update(self._buffer)

    @classmethod
    def resume(cls, path: str | Path, *, feed: str = "") -> "Writer":
        """Goes on with an interrupted file behind the last scope it closed; `scopes` then has those that are done.

        What is behind that scope is cut off, and will have to be read again. Raises UsageError, and leaves the file
        as it is, when there is no interrupted file, when it is none of ours, or another feed's than `feed`.
        """
        if not Path(f"{path}{PART}").exists():
            raise UsageError("there is no interrupted run to resume", where=f"{path}{PART}", fix="run without resuming")
        return cls(path, feed=feed, resume=True)

    @property
    def scopes(self) -> tuple[Ref, ...]:
        """The scopes closed in this file, in order."""
        return tuple(self._scopes)

    def _open(self) -> IO[bytes]:
        with reporting(self.part):
            if self.path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            file = os.fdopen(os.open(self.part, os.O_RDWR | os.O_CREAT, 0o666), "r+b", buffering=0)
        if fcntl is not None:
            busy = False
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # A run that ended between the two calls has given the file its final name: it is not ours to cut.
                busy = not (self.part.exists() and os.path.samestat(os.fstat(file.fileno()), self.part.stat()))
            except BlockingIOError:
                busy = True
            except OSError:
                pass  # a network file system without locks
            if busy:
                file.close()
                fix = "wait for it, or choose another path"
                raise Unavailable("another run is writing this file", where=str(self.part), fix=fix)
        return file

    def _recover(self) -> None:
        """Finds what the file holds up to its last closed scope."""
        seen = hashlib.sha256()
        scopes: list[Ref] = []
        records = done = 0
        begun = False
        for end, block in _blocks(self._file, self._how):
            last: Record | None = None
            try:
                for text in block.splitlines(keepends=True):
                    if begun:
                        last = codec.decode(text)
                        records += 1
                        if isinstance(last, ScopeComplete):
                            scopes.append(last.ref)
                    else:
                        self.header = self._same_feed(_header_of(text, self.part))
                        begun = True
            except BadRecord:
                break
            seen.update(block)
            if isinstance(last, ScopeComplete):
                self._size, self.records, self._hash, done = end, records, seen.copy(), len(scopes)
        self._scopes = scopes[:done]
        if not begun:
            raise UsageError("nothing in it can be resumed", where=str(self.part), fix="run without resuming")

    def _same_feed(self, found: Header) -> Header:
        wanted = self.header.feed
        if wanted and found.feed != wanted:
            raise UsageError(
                f"the interrupted file is of the feed {found.feed!r}, not {wanted!r}",
                where=str(self.part),
                fix="choose another path, or run without resuming",
            )
        return found

    def write(self, batch: Iterable[Record]) -> None:
        """Appends records. Those up to the last closed scope among them are in the file when it returns."""
        lines = [(record, line(record)) for record in batch]
        before = (bytes(self._buffer), self._hash.copy(), self._size, self.records, len(self._scopes))
        try:
            for record, text in lines:
                self._buffer += text
                self._hash.update(text)
                self.records += 1
                if isinstance(record, ScopeComplete):
                    self._scopes.append(record.ref)
                    self._flush()
                elif len(self._buffer) >= _BLOCK:
                    self._flush()
        except StraboError:
            buffer, self._hash, self._size, self.records, scopes = before
            self._buffer = bytearray(buffer)
            del self._scopes[scopes:]
            with suppress(OSError):  # what stays behind the good part is written over, or cut off on resuming
                self._file.truncate(self._size)
            self._file.seek(self._size)
            raise

    def close(self, *, complete: bool = True) -> None:
        """Writes the trailer and makes the file safe; gives it its name when `complete`. A second call does nothing."""
        if self._file.closed:
            return
        trailer = Trailer(records=self.records, sha256=self._hash.hexdigest(), scopes=self.scopes, complete=complete)
        try:
            self._buffer += _encode_line(trailer)
            self._flush()
            with reporting(self.part):
                os.fsync(self._file.fileno())
                if complete:
                    self.part.replace(self.path)
                    sync_folder(self.path)
        finally:
            self._file.close()

    def _flush(self) -> None:
        with reporting(self.part):
            write_all(self._file, compressed(bytes(self._buffer), self._how))
            self._size = self._file.tell()
        self._buffer.clear()


def _encode_line(value: Header | Trailer) -> bytes:
    return _encode(value) + b"\n"


def _blocks(file: IO[bytes], how: Compression) -> Iterator[tuple[int, bytes]]:
    """The offset behind each line of a plain file, or each frame of a compressed one, and what it holds.

    Ends, without a word, at the first that is cut off or damaged.
    """
    file.seek(0)
    end = 0
    if not how:
        rest = b""
        while chunk := file.read(_CHUNK):
            *whole, rest = (rest + chunk).split(b"\n")
            for text in whole:
                end += len(text) + 1
                yield end, text + b"\n"
        return
    waiting = b""
    while True:
        frame = zstandard.ZstdDecompressor().decompressobj() if how == "zst" else zlib.decompressobj(31)
        made = bytearray()
        used = 0
        try:
            while not frame.eof:
                chunk = waiting or file.read(_CHUNK)
                if not chunk:
                    return
                waiting = b""
                used += len(chunk)
                made += frame.decompress(chunk)
        except (zstandard.ZstdError, zlib.error):
            return
        waiting = frame.unused_data
        end += used - len(waiting)
        yield end, bytes(made)


# --- reading ----------------------------------------------------------------------------------------------------


def peek(path: str | Path) -> Header:
    """The header. Raises UsageError for a file that is none of ours, or too new."""
    with _opened(path) as lines:
        return _first(lines, path)[0]


def verify(path: str | Path) -> Trailer | None:
    """Reads the whole file without keeping it; its trailer, or None for a bare file of records.

    Raises UsageError for a file that is cut off, altered, of a newer version or not ours. Records that do not
    decode are not looked at: `read` accounts for them one by one.
    """
    trailer: Trailer | None = None
    for item in _walk(path, decoding=False):
        if isinstance(item, Trailer):
            trailer = item
    return trailer


def read(path: str | Path) -> Iterator[Record]:
    """The records, one at a time, in their order; a Failed in the place of a line that is no record, and after it a
    Skipped in the place of each ScopeComplete.

    Raises as `verify`, but a damage is noticed only where it is: verify first, then read. Reads in little memory,
    however large the file.
    """
    for item in _walk(path, decoding=True):
        if not isinstance(item, Trailer):
            yield item


def _walk(path: str | Path, *, decoding: bool) -> Iterator[Record | Trailer]:
    with _opened(path) as lines:
        header, first = _first(lines, path)
        bare = not header.version
        seen = hashlib.sha256(first)
        records = 0
        scopes: list[Ref] = []
        failed = 0  # the first line that is no record
        numbered = enumerate(_chain(first, lines), 1) if bare else enumerate(lines, 2)
        trailer: Trailer | None = None
        for number, text in numbered:
            if trailer is not None:
                raise _altered(path, "there is something behind its end")
            if not bare and text.startswith(b'{"strabo"'):
                trailer = _trailer_of(text, path)
                continue
            seen.update(text)
            if not text.strip():
                continue
            records += 1
            is_scope = b'"scope_complete"' in text
            if not (decoding or is_scope):
                continue
            try:
                record = codec.decode(text)
            except BadRecord as error:
                if decoding:
                    failed = failed or number
                    said = f"line {number}: {error.what}"
                    yield Failed(ref=Ref("file", str(path)), call=f"read line {number}", error=said, fix=error.fix)
                continue
            if isinstance(record, ScopeComplete):
                scopes.append(record.ref)
                if failed and decoding:
                    yield _unproven(record, failed)
                    continue
            if decoding:
                yield record
        if bare:
            return
        if trailer is None:
            raise UsageError(
                "the file is cut off: it has no end",
                where=str(path),
                fix="copy it again, or resume the run that wrote it",
            )
        if trailer.sha256 != seen.hexdigest() or trailer.records != records or list(trailer.scopes) != scopes:
            raise _altered(path, "its content is not what its end says")
        yield trailer


def _unproven(scope: ScopeComplete, line: int) -> Skipped:
    """What stands in the place of a scope's end when a line is no record: what it held may have been in the scope,
    and must not count as gone.
    """
    reason = f"not closed: line {line} is no record, and may have been in it"
    return Skipped(ref=scope.ref, part="scope", reason=reason, fix=f"put line {line} right, or write the file anew")


def _chain(first: bytes, lines: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from lines


@contextmanager
def _opened(path: str | Path) -> Iterator[Iterator[bytes]]:
    """The lines of a file, uncompressed, their ends kept. What goes wrong while they are read is told in our words."""
    how = compression(path)
    with reporting(path):
        raw = Path(path).open("rb")  # noqa: SIM115 -- closed below, with what is put around it
    with raw:
        try:
            if how == "zst":
                around = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True, closefd=False)
                yield _lines(cast("IO[bytes]", around), path)
            elif how == "gz":
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    yield _lines(cast("IO[bytes]", unpacked), path)
            else:
                yield _lines(raw, path)
        except (zstandard.ZstdError, zlib.error, EOFError, gzip.BadGzipFile) as error:
            raise _altered(path, f"it does not decompress ({error})") from error


def _lines(file: IO[bytes], path: str | Path) -> Iterator[bytes]:
    rest = b""
    while True:
        with _disk(path):
            chunk = file.read(_CHUNK)
        if not chunk:
            break
        *whole, last = chunk.split(b"\n")
        if whole:
            yield rest + whole[0] + b"\n"
            for text in whole[1:]:
                yield text + b"\n"
            rest = last
        else:
            rest += last
        if len(rest) > _LONGEST_LINE:
            raise UsageError("a line is longer than 256 MiB", where=str(path), fix="this is no file of records")
    if rest:
        yield rest


@contextmanager
def _disk(path: str | Path) -> Iterator[None]:
    try:
        yield
    except gzip.BadGzipFile:
        raise  # an OSError by birth only
    except OSError as error:
        raise Unavailable(
            f"cannot be read: {error.strerror or error}", where=str(path), fix="check the disk"
        ) from error


def _first(lines: Iterator[bytes], path: str | Path) -> tuple[Header, bytes]:
    """The header and its line; for a bare file an empty header and its first record's line."""
    first = next(lines, b"")
    if not first.strip():
        what = "the file is empty" if not first else "its first line is empty"
        raise UsageError(what, where=str(path), fix="run again what writes it")
    if first.startswith(b'{"strabo"'):
        return _header_of(first, path), first
    try:
        codec.decode(first)
    except BadRecord as error:
        if not first.lstrip().startswith(b"{"):
            fix = "a stage file, or one record a line, begins with `{`; a compressed one is named .zst or .gz"
        else:
            fix = f"its first line is neither a header nor a record: {error.what}"
        raise UsageError("not a file of records", where=f"{path}:1", fix=fix) from None
    return Header(), first


def _header_of(text: bytes, path: str | Path) -> Header:
    try:
        version = msgspec.json.decode(text, type=_Version).version
        if version > VERSION:
            raise UsageError(
                f"the file is of version {version}; this Strabo reads up to {VERSION}",
                where=str(path),
                fix="pip install --upgrade strabo",
            )
        header = _header.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _altered(path, f"its header does not parse ({error})") from None
    if header.version < 1 or not text.endswith(b"\n"):
        raise _altered(path, "its header is not whole")
    return header


class _Version(msgspec.Struct):
    version: int


def _trailer_of(text: bytes, path: str | Path) -> Trailer:
    try:
        trailer = _trailer.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _altered(path, f"its end does not parse ({error})") from None
    if not text.endswith(b"\n"):
        raise _altered(path, "its last line is cut off")
    return trailer


def _altered(path: str | Path, what: str) -> UsageError:
    return UsageError(f"the file is damaged: {what}", where=str(path), fix="copy it again, or run again what wrote it")
