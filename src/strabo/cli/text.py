"""Text that is safe to show: what comes from data never steers the terminal."""

import unicodedata
from datetime import UTC, datetime

# Marks that turn the direction of text around: in a name they make the rest of the line read wrongly.
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str, *, lines: bool = False) -> str:
    """The text with every character escaped that would move the cursor, colour the screen or turn the writing around.

    lines: keeps line ends, and makes tabs four spaces; without, a line end is escaped too.
    """
    if text.isascii() and text.isprintable():
        return text
    if lines:
        text = text.replace("\r\n", "\n").replace("\t", "    ")
    return "".join([_escaped(c) if _steers(c) and not (lines and c == "\n") else c for c in text])


def line(text: str | None) -> str:
    """The text on one line: line ends and runs of blanks become one blank. "" for None."""
    return clean(" ".join((text or "").split()))


def _steers(char: str) -> bool:
    return char in _TURNS or unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"}


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()


def width(text: str) -> int:
    """How many columns of a terminal the text takes: wide East Asian characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, most: int) -> str:
    """The text, or its beginning and "…", in at most so many columns."""
    if width(text) <= most:
        return text
    kept, room = [], most - 1
    for char in text:
        room -= _width(char)
        if room < 0:
            break
        kept.append(char)
    return "".join(kept) + "…" if most > 0 else ""


def count(number: int, one: str, several: str = "") -> str:
    """Such as: 1 table; 1,200 tables."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def moment(time: datetime | None) -> str:
    """A time in this machine's zone, to the second; "" for None."""
    return "" if time is None else time.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def ago(time: datetime | None, *, now: datetime | None = None) -> str:
    """Such as: 3 hours ago. "" for None."""
    if time is None:
        return ""
    seconds = ((now or datetime.now(UTC)) - time).total_seconds()
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            return count(int(seconds // size), unit) + " ago"
    return "just now"


def seconds(value: float) -> str:
    """A duration: "0.4 s", "2 min 5 s", "1 h 3 min"."""
    if value < 60:
        return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"
    minutes, rest = divmod(int(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def size(value: int | None) -> str:
    """Bytes: "0 B", "1.5 MiB"; "" for None."""
    if value is None:
        return ""
    number = float(value)
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if number < 1024 or unit == "TiB":
            break
        number /= 1024
    return f"{int(number)} B" if unit == "B" else f"{number:.1f} {unit}"
