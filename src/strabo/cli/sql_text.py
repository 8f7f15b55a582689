"""A file of SQL, or standard input, as text: in whatever encoding it was saved, and no more of it than is ever read."""

import codecs
import sys
from pathlib import Path
from typing import BinaryIO

from strabo.errors import UsageError
from strabo.sql.result import Limits
from strabo.sql.text import place

# Windows' own tools save scripts in two bytes a character; the first bytes say so. The longer marks come first.
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\x00\x00", "utf-32-le"), (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"),
)  # fmt: skip
_MOST_BYTES = 4 * (Limits().characters + 1)  # more than is read, however its characters are written
_LOOKED_AT = 4_096


def text_of(path: str) -> tuple[str, str]:
    """A file as text, "-" being standard input; and what to warn of, "" for nothing. Raises UsageError."""
    if path == "-":
        if sys.stdin.isatty():
            raise UsageError("standard input is a terminal", where="strabo sql -", fix="strabo sql - < query.sql")
        return decoded(_bytes(sys.stdin.buffer))
    try:
        with Path(path).open("rb") as file:
            return decoded(_bytes(file))
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot be read: {said}", where=path, fix="check the path") from error


def _bytes(file: BinaryIO) -> bytes:
    return file.read(_MOST_BYTES)


def decoded(data: bytes) -> tuple[str, str]:
    """Bytes as text; and what to warn of, where they are not what they should be."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace"), ""
    if encoding := _without_mark(data):
        return data.decode(encoding, errors="replace"), ""
    try:  # of what was read up to the limit, the last character may be a half
        return codecs.getincrementaldecoder("utf-8")().decode(data, final=len(data) < _MOST_BYTES), ""
    except UnicodeDecodeError as error:
        wrong = error.start
    text = data.decode(errors="replace")
    line, column = place(data[:wrong].decode(), wrong)
    where = f"{line}:{column}"
    bad = text.count("\ufffd")
    if sum(character > "\x7f" for character in text) - bad >= bad:  # most of it is UTF-8
        return text, f"{where}: {bad} bytes are no UTF-8, and names with them are not those that are meant"
    return data.decode("cp1252", errors="replace"), f"{where}: no UTF-8; read as Windows-1252"


def _without_mark(data: bytes) -> str:
    """The encoding of two bytes a character, where every other one is 0 in nearly all of the beginning."""
    start = data[: _LOOKED_AT - _LOOKED_AT % 2]
    pairs = len(start) // 2
    if pairs and start[1::2].count(0) > pairs * 0.7 and start[::2].count(0) < pairs * 0.1:
        return "utf-16-le"
    if pairs and start[::2].count(0) > pairs * 0.7 and start[1::2].count(0) < pairs * 0.1:
        return "utf-16-be"
    return ""
