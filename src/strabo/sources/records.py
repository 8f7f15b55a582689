"""Records: a file of them, one a line, as a stage, an export or a program of your own writes it."""

import gzip
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import zstandard

from strabo.errors import AccessDenied, BadRecord, Unavailable, UsageError
from strabo.ingest.contracts import Capability
from strabo.model import codec
from strabo.model.records import Failed, Record, ScopeComplete, Skipped
from strabo.model.ref import Ref

CHUNK = 1 << 16
PACKED_CHUNK = 1 << 11  # so little that what it unpacks to fits in memory, whatever it is
MAX_LINE = 256 << 20  # bytes of one record; a longer one is told and passed over
PATIENCE = 100  # a file that begins with so many lines that are no records is none of ours
BOM = b"\xef\xbb\xbf"
FIX = "`strabo schema` prints what a record looks like"


class RecordsConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of records."""

    path: str  # JSON lines; compressed when the name ends in .gz or .zst; "~" is the home directory


class RecordsSource:
    """The records of a JSON-lines file, in its order.

    A line that is no record becomes Failed, and the reading goes on; but from then on no scope is closed, for what
    was in that line may have been in any. Blank lines, and the first and last line of a stage file, say nothing.
    """

    def __init__(self, config: RecordsConfig) -> None:
        self.config = config
        self._path = Path(os.path.abspath(os.path.expanduser(config.path)))  # noqa: PTH100, PTH111 Path keeps ".."

    def read(self) -> Iterator[Record]:
        failed = 0  # the first line that was no record
        read = False
        for number, line in enumerate(self._lines(), 1):
            if line is not None and (not line.strip() or _is_frame(line)):
                continue
            try:
                record = _decoded(line)
            except BadRecord as error:
                failed = failed or number
                if not read and number >= PATIENCE:
                    raise UsageError(
                        f"not a file of records: none in its first {number} lines; {error.what}",
                        where=str(self._path),
                        fix=FIX,
                    ) from error
                yield Failed(ref=self._ref, part=f"line {number}", call="read record", error=error.what, fix=FIX)
                continue
            read = True
            if failed and isinstance(record, ScopeComplete):
                yield Skipped(
                    ref=record.ref,
                    part="scope",
                    reason=f"not closed: line {failed} of the file could not be read, and may have been in it",
                    fix=f"put line {failed} right",
                )
                continue
            yield record

    def check(self) -> Iterator[Capability]:
        """Whether the file opens and begins with a record."""
        for line in self._lines():
            if line is not None and (not line.strip() or _is_frame(line)):
                continue
            try:
                kind = codec.tag(_decoded(line))
            except BadRecord as error:
                yield Capability(name="records", ok=False, detail=error.what, fix=FIX)
            else:
                yield Capability(name="records", ok=True, detail=f"the first is a {kind}")
            return
        yield Capability(name="records", ok=True, detail="the file holds none")

    @property
    def _ref(self) -> Ref:
        return Ref("file", str(self._path))

    def _lines(self) -> Iterator[bytes | None]:
        """The file's lines, unpacked; None for one that is too long to hold."""
        with self._errors():
            for number, line in enumerate(_split(self._chunks())):
                yield line.removeprefix(BOM) if line is not None and number == 0 else line

    def _chunks(self) -> Iterator[bytes]:
        match self._path.suffix.lower():
            case ".gz":
                with gzip.open(self._path) as unpacked:
                    while chunk := unpacked.read(CHUNK):
                        yield chunk
            case ".zst":
                yield from self._unpacked()
            case _:
                with self._path.open("rb") as file:
                    while chunk := file.read(CHUNK):
                        yield chunk

    def _unpacked(self) -> Iterator[bytes]:
        """A .zst file's bytes, frame by frame. One that ends within a frame was cut off; zstandard would not say so."""
        frames = zstandard.ZstdDecompressor()
        with self._path.open("rb") as file:
            frame = None
            while packed := file.read(PACKED_CHUNK):
                while packed:
                    frame = frame or frames.decompressobj()
                    if unpacked := frame.decompress(packed):
                        yield unpacked
                    packed = b""
                    if frame.eof:
                        packed, frame = frame.unused_data, None
            if frame is not None:
                raise EOFError("Compressed file ended before the end of a frame")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """What the disk and the unpackers complain of, as the error that says what to do about it."""
        where = str(self._path)
        try:
            yield
        except FileNotFoundError as error:
            raise Unavailable(
                "no such file", where=where, fix="check `path`, and that the disk it is on is mounted"
            ) from error
        except IsADirectoryError as error:
            raise UsageError("a directory, not a file of records", where=where, fix="set `path` to a file") from error
        except PermissionError as error:
            raise AccessDenied("no right to read the file", where=where, fix=f"chmod +r {where!r}") from error
        except EOFError as error:
            raise Unavailable(
                "the file ends in the middle: it is still being written, or was cut off",
                where=where,
                fix="wait for its writer, or copy it again",
            ) from error
        except (gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
            raise UsageError(
                f"not what its name says: {error}", where=where, fix="name it .jsonl, .jsonl.gz or .jsonl.zst as it is"
            ) from error
        except OSError as error:
            raise Unavailable(f"cannot read the file: {error.strerror or error}", where=where) from error
        except ValueError as error:  # a zero byte in the path
            raise UsageError(f"not a path: {error}", where=repr(self.config.path)) from error


def _split(chunks: Iterable[bytes]) -> Iterator[bytes | None]:
    """The lines of a stream, without their ends; None for one longer than MAX_LINE, of which nothing is held."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        *whole, rest = chunk.split(b"\n")
        for piece in whole:
            yield None if size + len(piece) > MAX_LINE else b"".join([*held, piece])
            held, size = [], 0
        size += len(rest)
        if size > MAX_LINE:
            held = []
        elif rest:
            held.append(rest)
    if size:
        yield None if size > MAX_LINE else b"".join(held)


def _decoded(line: bytes | None) -> Record:
    """Raises BadRecord."""
    if line is None:
        raise BadRecord(f"longer than {MAX_LINE >> 20} MiB")
    return codec.decode(line)


def _is_frame(line: bytes) -> bool:
    """Whether a line is a stage file's own, about the file: an object with the key "strabo"."""
    if b'"strabo"' not in line:
        return False
    try:
        return "strabo" in msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
