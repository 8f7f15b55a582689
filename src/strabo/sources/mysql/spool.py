"""Rows put by: what a catalog query answers, kept in little memory until it is joined with its neighbours.

A result that is read at once cannot be cut off by the server because the reader is slow (net_write_timeout), needs
no second connection to be read beside another one, and costs memory only up to a bound: the rest is on disk.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import msgspec

T = TypeVar("T")
K = TypeVar("K", str, tuple[str, ...])

_IN_MEMORY = 4 * 1024 * 1024  # bytes of one result
_HEADER = 4  # bytes that say how long a batch is


class Spool(Generic[T]):
    """Rows of one kind, written in batches, read back in order as often as wanted. Close it, or use it in `with`."""

    def __init__(self, kind: type[T]) -> None:
        self._file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - see close
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(list[kind], strict=False).decode  # type: ignore[valid-type]

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        body = self._encode(rows)
        self._file.write(len(body).to_bytes(_HEADER, "big"))
        self._file.write(body)

    def __iter__(self) -> Iterator[T]:
        at = 0
        while True:
            self._file.seek(at)
            header = self._file.read(_HEADER)
            if not header:
                return
            length = int.from_bytes(header, "big")
            at += _HEADER + length
            yield from self._decode(self._file.read(length))

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


class Beside(Generic[T, K]):
    """Rows sorted by a key, handed out group by group to whoever walks through the keys in the same order."""

    def __init__(self, rows: Iterable[T], key: Callable[[T], K]) -> None:
        self._rows = iter(rows)
        self._key: Callable[[T], K] = key
        self._next = next(self._rows, None)

    def of(self, key: K) -> list[T]:
        """The rows of this key. Rows of keys before it are dropped: nobody will ask for them any more."""
        found = []
        while self._next is not None and (at := self._key(self._next)) <= key:
            if at == key:
                found.append(self._next)
            self._next = next(self._rows, None)
        return found
