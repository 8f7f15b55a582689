"""Differences, one line each."""

from collections.abc import Iterable

from strabo.catalog.compare import Difference
from strabo.cli.text import cut, line

_LONG = 100  # columns of a value; --json has all of it


def difference_lines(differences: Iterable[Difference]) -> list[str]:
    """Such as: + column vat: numeric(5,2), - index by_day, ~ column amount type: int → bigint."""
    return [_line(d) for d in differences]


def difference_values(differences: Iterable[Difference]) -> list[dict[str, str | None]]:
    """The differences as JSON has them: all fields, whatever their value."""
    return [{"change": d.change, "what": d.what, "before": d.before, "after": d.after} for d in differences]


def _line(d: Difference) -> str:
    what = line(d.what)
    before, after = (cut(line(v), _LONG) for v in (d.before, d.after))
    if d.change == "changed":
        return f"~ {what}: {before} → {after}"
    sign, value = ("+", after) if d.change == "added" else ("-", before)
    return f"{sign} {what}: {value}" if value else f"{sign} {what}"
