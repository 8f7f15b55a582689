"""The lines of a log file, unpacked as they are read."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import zstandard

from strabo.errors import AccessDenied, Unavailable, UsageError

_CHUNK = 1 << 16
_PACKED_CHUNK = 1 << 11  # so little that what it unpacks to fits in memory, whatever it is
LONGEST = 16 << 20  # characters of one line; of a longer one only the beginning is handed out


def lines(path: Path) -> Iterator[str]:
    """The lines of a file with their ends, gunzipped or unzstd-ed when its name ends in .gz or .zst.

    Bytes that are no UTF-8, nor UTF-16 in a file that begins with its mark, become question marks: one bad text must
    not end the reading. Raises Unavailable, AccessDenied, UsageError.
    """
    with _errors(path):
        chunks = filter(None, _chunks(path))
        first = next(chunks, b"")
        encoding = "utf-16" if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
        decode = codecs.getincrementaldecoder(encoding)("replace").decode
        held: list[str] = []  # of a line whose end has not come yet
        size = 0
        for chunk in chain([first], chunks):
            *whole, rest = decode(chunk).split("\n")
            for line in whole:
                yield ("".join(held) + line)[:LONGEST] + "\n"
                held, size = [], 0
            if size <= LONGEST and rest:
                held.append(rest)
                size += len(rest)
        held.append(decode(b"", True))
        if last := "".join(held):
            yield last[:LONGEST]


def _chunks(path: Path) -> Iterator[bytes]:
    suffix = path.suffix.lower()
    if suffix == ".zst":
        yield from _unzstd(path)
        return
    with gzip.open(path) if suffix == ".gz" else path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _unzstd(path: Path) -> Iterator[bytes]:
    """Frame after frame; the library does not say when the last one was cut off."""
    frame: zstandard.ZstdDecompressionObj | None = None
    library = zstandard.ZstdDecompressor()
    with path.open("rb") as file:
        while packed := file.read(_PACKED_CHUNK):
            while packed:
                frame = frame or library.decompressobj()
                yield frame.decompress(packed)
                packed = b""
                if frame.eof:
                    packed, frame = frame.unused_data, None
    if frame is not None:
        raise EOFError


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    where = str(path)
    try:
        yield
    except FileNotFoundError as error:
        raise Unavailable("no such log file", where=where, fix="check `path`") from error
    except IsADirectoryError as error:
        raise UsageError("a folder, not a log file", where=where, fix="write a pattern: `path: logs/*.csv`") from error
    except PermissionError as error:
        raise AccessDenied("no right to read the log", where=where, fix=f"chmod +r {where!r}") from error
    except EOFError as error:
        raise Unavailable(
            "the log ends in the middle of what is packed", where=where, fix="wait for its writer, or copy it again"
        ) from error
    except (gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise UsageError(f"not packed as its name says: {error}", where=where, fix="name it as it is") from error
    except OSError as error:
        raise Unavailable(f"the log cannot be read: {error.strerror or error}", where=where, fix="try again") from error
