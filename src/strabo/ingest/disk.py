"""Records as lines of files: compressed by name, written whole or not at all, with errors that say what to do."""

import errno
import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import RawIOBase
from pathlib import Path
from typing import IO, Literal

import zstandard

from strabo.errors import BadRecord, Unavailable, UsageError
from strabo.model import codec
from strabo.model.records import Record

PART = ".part"
"""What the name of a file ends with until it is whole."""

Compression = Literal["", "zst", "gz"]


def line(record: Record) -> bytes:
    """A record as a line of a file. Raises BadRecord for one that JSON cannot hold."""
    try:
        return codec.encode(record) + b"\n"
    except (
        TypeError,
        ValueError,
        OverflowError,
        RecursionError,
    ) as error:  # a driver's own type in a sample; a lone surrogate
        raise BadRecord(f"cannot be written as JSON: {error}", where=printable(str(record.ref))) from error


def printable(text: str) -> str:
    """The text with what no encoding takes (lone surrogates) escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


@contextmanager
def reporting(path: str | Path) -> Iterator[None]:
    """Turns what the disk says no to into an error with the path and what to do."""
    try:
        yield
    except FileNotFoundError as error:
        folder = Path(path).parent
        if folder.is_dir():
            raise UsageError("there is no such file", where=str(path), fix="check the path") from error
        raise UsageError("its folder does not exist", where=str(path), fix=f"mkdir -p '{folder}'") from error
    except (IsADirectoryError, NotADirectoryError) as error:
        raise UsageError(f"{error.strerror}", where=str(path), fix="name a file in an existing folder") from error
    except PermissionError as error:
        raise UsageError("not allowed to open it", where=str(path), fix="check the owner and the mode") from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            fix = "free some space, or write to another disk; an interrupted stage file can be resumed"
            raise Unavailable("the disk is full", where=str(path), fix=fix) from error
        if error.errno in {errno.EROFS, errno.ENAMETOOLONG, errno.ELOOP}:
            raise UsageError(f"{error.strerror}", where=str(path), fix="choose another path") from error
        raise Unavailable(f"{error.strerror or error}", where=str(path), fix="check the disk") from error
    except ValueError as error:  # a NUL in the name
        raise UsageError(f"no file can have this name: {error}", where=repr(str(path)), fix="check the path") from error


def compression(path: str | Path) -> Compression:
    """How a file of this name is compressed."""
    name = str(path).removesuffix(PART).lower()
    return "zst" if name.endswith(".zst") else "gz" if name.endswith(".gz") else ""


def compressed(block: bytes, how: Compression) -> bytes:
    """The block as a frame of its own: frames behind one another are one file, which may be cut between any two."""
    if how == "zst":
        return zstandard.ZstdCompressor(level=3).compress(block)
    return gzip.compress(block, mtime=0) if how == "gz" else block


def write_all(file: RawIOBase | IO[bytes], block: bytes) -> None:
    """Writes the whole block to an unbuffered file, which may take it in pieces."""
    rest = memoryview(block)
    while rest:
        rest = rest[file.write(rest) or 0 :]


def sync_folder(path: Path) -> None:
    """Makes a rename within the folder of `path` outlive a power cut, where the system can."""
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
