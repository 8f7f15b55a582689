"""Lines and columns of a text."""

from functools import lru_cache

_BLOCK = 8_192  # characters that are looked through for one place


def place(text: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    at = max(0, min(at, len(text)))
    block = at // _BLOCK
    start = block * _BLOCK
    lines, newline = _before(text)[block] if block else (0, -1)
    near = text.rfind("\n", start, at)
    return lines + text.count("\n", start, at) + 1, at - (newline if near < 0 else near)


# A long script is asked for the place of each of its statements, one after the other.
@lru_cache(maxsize=2)
def _before(text: str) -> list[tuple[int, int]]:
    """Of each block of a text: how many lines end before it, and where the last of them does; -1 where none."""
    found, lines, newline = [(0, -1)], 0, -1
    for start in range(0, len(text), _BLOCK):
        end = start + _BLOCK
        lines += text.count("\n", start, end)
        newline = max(newline, text.rfind("\n", start, end))
        found.append((lines, newline))
    return found


def begin(text: str, most: int) -> str:
    """A text up to the last end of a statement within so many characters: a semicolon, or SQL Server's GO."""
    ends = (text.rfind(";", 0, most) + 1, text.rfind("\nGO\n", 0, most) + 1, text.rfind("\ngo\n", 0, most) + 1)
    return text[: max(ends)]
