"""Sets of node ids as bitmaps: one bit an id, so that a million objects cost 125 kB."""

import zlib
from collections.abc import Iterator


class Bits:
    """A set of small non-negative integers that only grows."""

    __slots__ = ("_bytes",)

    def __init__(self, data: bytes = b"") -> None:
        self._bytes = bytearray(data)

    def add(self, number: int) -> None:
        at = number >> 3
        if at >= len(self._bytes):
            self._bytes.extend(bytes(max(at + 1 - len(self._bytes), len(self._bytes), 64)))
        self._bytes[at] |= 1 << (number & 7)

    def __contains__(self, number: int) -> bool:
        at = number >> 3
        return at < len(self._bytes) and bool(self._bytes[at] >> (number & 7) & 1)

    def __len__(self) -> int:
        return int.from_bytes(self._bytes, "little").bit_count()

    def __iter__(self) -> Iterator[int]:
        for at, byte in enumerate(self._bytes):
            if byte:
                base = at << 3
                for bit in range(8):
                    if byte >> bit & 1:
                        yield base + bit

    def __and__(self, other: "Bits") -> "Bits":
        size = min(len(self._bytes), len(other._bytes))
        both = int.from_bytes(self._bytes[:size], "little") & int.from_bytes(other._bytes[:size], "little")
        return Bits(both.to_bytes(size, "little"))

    def __sub__(self, other: "Bits") -> "Bits":
        size = len(self._bytes)
        mine, theirs = int.from_bytes(self._bytes, "little"), int.from_bytes(other._bytes[:size], "little")
        return Bits((mine & ~theirs).to_bytes(size, "little"))

    def raw(self) -> bytes:
        """The bitmap itself; `Bits(raw)` is the same set."""
        return bytes(self._bytes)

    def packed(self) -> bytes:
        """Compressed bytes; `Bits.unpacked` reads them."""
        return zlib.compress(bytes(self._bytes).rstrip(b"\0"), 6)

    @classmethod
    def unpacked(cls, data: bytes) -> "Bits":
        return cls(zlib.decompress(data))
