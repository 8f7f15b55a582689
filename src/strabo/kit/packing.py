"""Bodies made small: zstd where its library is there, else gzip."""

import gzip
import zlib
from functools import cache
from pathlib import Path
from typing import IO, Any

from strabo.errors import UsageError

_CHUNK = 1 << 20
_MEDIA = {b"\x28\xb5\x2f\xfd": "application/zstd", b"\x1f\x8b": "application/gzip"}


def packed(body: bytes) -> tuple[bytes, str]:
    """The body compressed, and the name of how."""
    zstd = zstandard()
    if zstd is not None:
        return zstd.ZstdCompressor(level=3).compress(body), "zstd"
    return gzip.compress(body, 6, mtime=0), "gzip"


def packed_file(path: str | Path, most: int) -> tuple[bytes, str]:
    """A file compressed, if it is not yet, and its media type. Raises UsageError where that is longer than `most`."""
    try:
        with Path(path).open("rb") as file:
            start = file.read(4)
            file.seek(0)
            media = next((media for magic, media in _MEDIA.items() if start.startswith(magic)), None)
            if media is not None:
                body = file.read(most + 1)
            else:
                body, media = _compressed(file, most)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(path), fix="check the path") from error
    if len(body) > most:
        what = f"more than {most >> 20} MiB, packed, cannot be loaded at once"
        raise UsageError(what, where=str(path), fix="stage it in several files, or push its records")
    return body, media


def _compressed(file: IO[bytes], most: int) -> tuple[bytes, str]:
    zstd = zstandard()
    packer = zlib.compressobj(6, wbits=31) if zstd is None else zstd.ZstdCompressor(level=3).compressobj()
    made = bytearray()
    while len(made) <= most and (chunk := file.read(_CHUNK)):
        made += packer.compress(chunk)
    made += packer.flush()
    return bytes(made), "application/gzip" if zstd is None else "application/zstd"


@cache
def zstandard() -> Any:
    """The library; None where it is not installed."""
    try:
        import zstandard as found  # noqa: PLC0415 - this client works without any library
    except ImportError:
        return None
    return found
