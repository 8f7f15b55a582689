"""A body of records: one a line, or a JSON array; with the lines that a staged file begins and ends with."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from strabo.api.native.wrong import FIX, explained
from strabo.api.problems import Refused
from strabo.ingest.artifact import VERSION, Header
from strabo.model.records import Record

_many = msgspec.json.Decoder(list[Record])
_each = msgspec.json.Decoder(Record)
_raws = msgspec.json.Decoder(list[msgspec.Raw])
_FRAME = b'{"strabo"'
_SPACE = b" \t\r\n"
_PACKED = {b"\x28\xb5\x2f\xfd": "zstd", b"\x1f\x8b": "gzip"}
_BOM = b"\xef\xbb\xbf"


class Bad(msgspec.Struct, frozen=True):
    """A part of the body that is no record."""

    index: int
    error: str
    fix: str = FIX
    column: int = 0


class Body(msgspec.Struct, frozen=True):
    """The records of a body in their order. `places`: the index of each in the body, where some are missing.

    feed: what the header says, "" without one.
    """

    records: Sequence[Record]
    bad: Sequence[Bad]
    content: bytes
    array: bool
    places: Sequence[int] | None = None
    feed: str = ""

    @property
    def received(self) -> int:
        return len(self.records) + len(self.bad)

    def index(self, place: int) -> int:
        """Where the n-th record stood in the body."""
        return place if self.places is None else self.places[place]

    def lines(self, indexes: Sequence[int]) -> Mapping[int, int]:
        """The lines, from 1, of these indexes; nothing for an array."""
        if self.array or not indexes:
            return {}
        wanted = set(indexes)
        found = {}
        for index, (number, _) in enumerate(_lines(self.content)):
            if index in wanted:
                found[index] = number
        return found


def read(content: bytes, media: str = "") -> Body:
    """The records of a body. Raises Refused 400 for an empty or a packed one, and for an array that does not parse."""
    content = content.removeprefix(_BOM)
    for magic, coding in _PACKED.items():
        if content.startswith(magic):
            raise Refused(400, f"the body is packed with {coding}", fix=f"say so: Content-Encoding: {coding}")
    start = content.lstrip(_SPACE)[:1]
    if not start:
        raise Refused(400, "the body is empty", fix="send records, one a line, or a JSON array of them")
    if start == b"[":
        return _array(content)
    if "json" in media and "nd" not in media and "lines" not in media and b"\n" in content.strip():
        one = _laid_out(content)
        if one is not None:
            return one
    return _nd(content)


def _array(content: bytes) -> Body:
    try:
        return Body(_many.decode(content), (), content, array=True)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        parts = _raws.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        said, column = explained(error, content, msgspec.Struct)
        line, column = _position(content, column)
        where = f"line {line}, column {column}" if column else ""
        raise Refused(400, said, where=where, fix="send a JSON array of records, or one record a line") from None
    return _one_by_one([bytes(p) for p in parts], content, array=True)


def _laid_out(content: bytes) -> Body | None:
    """One record over several lines."""
    try:
        return Body([_each.decode(content)], (), content, array=True)
    except msgspec.ValidationError as error:
        said, column = explained(error, content)
        return Body([], [Bad(0, said, column=column)], content, array=True)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _nd(content: bytes) -> Body:
    feed = ""
    if _FRAME in content:
        content, feed = _unframed(content)
    try:
        return Body(_each.decode_lines(content), (), content, array=False, feed=feed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    body = _one_by_one([line for _, line in _lines(content)], content, array=False)
    return msgspec.structs.replace(body, feed=feed)


def _one_by_one(parts: Sequence[bytes], content: bytes, *, array: bool) -> Body:
    records: list[Record] = []
    places: list[int] = []
    bad: list[Bad] = []
    for index, part in enumerate(parts):
        try:
            records.append(_each.decode(part))
            places.append(index)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            said, column = explained(error, part)
            bad.append(Bad(index, said, column=column))
    return Body(records, bad, content, array, places)


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines that are not empty, with their numbers."""
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip(_SPACE):
            yield number, line


def _unframed(content: bytes) -> tuple[bytes, str]:
    """The content with the header and the trailer of a staged file made empty lines, and the header's feed."""
    feed = ""
    lines = content.split(b"\n")
    for at, line in enumerate(lines):
        if not line.startswith(_FRAME):
            continue
        try:
            kind = msgspec.json.decode(line, type=dict[str, msgspec.Raw]).get("strabo")
            if kind is not None and bytes(kind) == b'"records"':
                header = msgspec.json.decode(line, type=Header)
                if header.version > VERSION:
                    raise Refused(
                        400,
                        f"the lines are of version {header.version}; this Strabo reads up to {VERSION}",
                        fix="update the server, or stage with its version",
                    )
                feed = feed or header.feed
            elif kind is None or bytes(kind) != b'"end"':
                continue
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue  # it is answered for as a line that is no record
        lines[at] = b""
    return b"\n".join(lines), feed


def _position(content: bytes, column: int) -> tuple[int, int]:
    """Line and column, from 1, of a place in the whole."""
    before = content[: max(0, column - 1)]
    return before.count(b"\n") + 1, column - (before.rfind(b"\n") + 1) if column else 0
