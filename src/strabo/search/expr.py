"""What an entry must hold, as a small tree: written as an FTS5 MATCH text, or tried on words in hand. Same answer.

Every token is ASCII letters and digits inside double quotes, so nothing a user types can be FTS5 syntax. No phrases
are used: an index without positions does not have them. https://sqlite.org/fts5.html, section 3.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Has(NamedTuple):
    """The entry holds this token, or one that begins so."""

    token: str
    prefix: bool = False


class All(NamedTuple):
    of: "tuple[Expr, ...]"


class Any(NamedTuple):
    of: "tuple[Expr, ...]"


class Without(NamedTuple):
    """The first, and not the second."""

    wanted: "Expr"
    unwanted: "Expr"


Expr = Has | All | Any | Without


def every(of: Sequence[Expr]) -> Expr:
    """All of them; the one itself when there is one."""
    return of[0] if len(of) == 1 else All(tuple(of))


def some(of: Sequence[Expr]) -> Expr:
    """At least one of them, repeats dropped."""
    flat = (one for choice in of for one in (choice.of if isinstance(choice, Any) else (choice,)))
    distinct = tuple(dict.fromkeys(flat))
    return distinct[0] if len(distinct) == 1 else Any(distinct)


def fts(expr: Expr) -> str:
    """The MATCH text."""
    match expr:
        case Has(token, prefix):
            return f'"{token}"*' if prefix else f'"{token}"'
        case All(of):
            return "(" + " AND ".join(map(fts, of)) + ")"
        case Any(of):
            return "(" + " OR ".join(map(fts, of)) + ")"
        case Without(wanted, unwanted):
            return f"({fts(wanted)} NOT {fts(unwanted)})"


def holds(expr: Expr, tokens: Sequence[str]) -> bool:
    """Whether an entry of these tokens, which must be sorted, is what is asked for."""

    def has(token: str, prefix: bool) -> bool:
        at = bisect_left(tokens, token)
        return at < len(tokens) and (tokens[at].startswith(token) if prefix else tokens[at] == token)

    return _tried(expr, has)


def _tried(expr: Expr, has: Callable[[str, bool], bool]) -> bool:
    match expr:
        case Has(token, prefix):
            return has(token, prefix)
        case All(of):
            return all(_tried(one, has) for one in of)
        case Any(of):
            return any(_tried(one, has) for one in of)
        case Without(wanted, unwanted):
            return _tried(wanted, has) and not _tried(unwanted, has)
