"""Rows in aligned columns."""

from collections.abc import Sequence

from strabo.cli.text import clean, cut, width

GAP = "  "
_NARROWEST = 8  # columns are not cut below it: three letters of everything tell less than some of it whole


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, most: int | None = None, right: Sequence[str] = ()
) -> list[str]:
    """The lines of a table, its head first. Cells are cleaned here; a column without any text is left out.

    most: columns of the terminal; the widest columns are cut until the table fits. None cuts nothing. right: the
    names of columns that are set to the right.
    """
    cells = [[clean(cell) for cell in row] for row in rows]
    used = [i for i in range(len(head)) if any(row[i] for row in cells)] if rows else list(range(len(head)))
    body = [[head[i].upper() for i in used], *([row[i] for i in used] for row in cells)]
    wide = [max(width(row[i]) for row in body) for i in range(len(used))]
    if most is not None:
        wide = fitted(wide, most - len(GAP) * (len(used) - 1))
    to_right = [head[i] in right for i in used]
    return [GAP.join(map(_cell, row, wide, to_right)).rstrip() for row in body]


def fitted(wide: Sequence[int], room: int) -> list[int]:
    """The widths, the widest made less until their sum is no more than `room`, or none can be cut any further."""
    found = list(wide)
    while sum(found) > room:
        widest = max(range(len(found)), key=lambda i: found[i])
        if found[widest] <= _NARROWEST:
            break
        others = max((w for i, w in enumerate(found) if i != widest), default=0)
        over = sum(found) - room
        found[widest] = max(_NARROWEST, found[widest] - over, min(others, found[widest] - 1))
    return found


def _cell(text: str, wide: int, to_right: bool) -> str:
    text = cut(text, wide)
    blank = " " * (wide - width(text))
    return blank + text if to_right else text + blank
