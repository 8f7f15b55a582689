"""Temporary tables looked through: what goes in and comes out again really came from where it was read first."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from strabo.model.records import DIRECT, Transformation
from strabo.sql.names import Parts
from strabo.sql.result import Decides, Edge, Flow, Read, Statement

_STRENGTH: dict[Transformation, int] = {"identity": 0, "transformation": 1, "aggregation": 2}
_ANEW = frozenset({"create", "overwrite"})  # what was in the table before does not come out of it any more
_GONE = frozenset({"drop", "truncate"})


class _Passage(msgspec.Struct):
    """What is in a temporary table: from which columns of real tables, decided by which."""

    reads: dict[Parts, Read] = {}
    columns: dict[str, dict[Edge, None]] = {}
    influences: dict[Decides, None] = {}


def seen_through(statements: Iterable[Statement]) -> list[Statement]:
    """The statements with what real tables brought to a temporary one in place of that one.

    A column of a temporary table of which nothing is known brings its tables along and no columns. Statements count in
    the order of the text: what a loop puts in for its next round is not seen.
    """
    inside: dict[Parts, _Passage] = {}
    found = []
    for statement in statements:
        made = _seen_through(statement, inside) if inside else statement
        for flow in made.flows:
            if flow.into is not None and flow.into.temporary:
                _put(inside, flow, made.reads)
        found.append(made)
    return found


def _seen_through(statement: Statement, inside: dict[Parts, _Passage]) -> Statement:
    if not any(read.table in inside for read in statement.reads):
        return statement
    reads: dict[Parts, Read] = {}
    for read in statement.reads:
        if read.table not in inside:
            reads[read.table] = read
        else:
            reads.update((table, one) for table, one in inside[read.table].reads.items() if table not in reads)
    flows = [
        msgspec.structs.replace(
            flow,
            edges=tuple(dict.fromkeys(_edges(flow.edges, inside))),
            influences=tuple(dict.fromkeys(_influences(flow, inside))),
        )
        for flow in statement.flows
    ]
    return msgspec.structs.replace(statement, reads=tuple(reads.values()), flows=tuple(flows))


def _edges(edges: Sequence[Edge], inside: dict[Parts, _Passage]) -> Iterator[Edge]:
    for edge in edges:
        passage = inside.get(edge.table)
        if passage is None:
            yield edge
            continue
        for before in passage.columns.get(edge.source, ()):
            yield Edge(
                before.table,
                before.source,
                edge.target,
                _both(before.how, edge.how),
                before.guessed or edge.guessed,
                before.field or edge.field,
            )


def _influences(flow: Flow, inside: dict[Parts, _Passage]) -> Iterator[Decides]:
    for decides in flow.influences:
        passage = inside.get(decides.table)
        if passage is None:
            yield decides
            continue
        for before in passage.columns.get(decides.source, ()):
            yield Decides(before.table, before.source, decides.how, before.field)
    through = {edge.table for edge in flow.edges} | {decides.table for decides in flow.influences}
    for table in sorted(through & inside.keys()):
        yield from inside[table].influences


def _put(inside: dict[Parts, _Passage], flow: Flow, reads: Sequence[Read]) -> None:
    """Adds what a statement brings, itself seen through already, to what is in its target."""
    into = flow.into
    if into is None or into.way in _GONE:
        return
    passage = inside.get(into.table)
    if passage is None or into.way in _ANEW:
        passage = inside[into.table] = _Passage()
    passage.reads.update((read.table, read) for read in reads if not read.temporary)
    for edge in flow.edges:
        passage.columns.setdefault(edge.target, {})[edge] = None
    passage.influences.update(dict.fromkeys(flow.influences))


def _both(first: Transformation, second: Transformation) -> Transformation:
    """What a column has gone through on two ways, one behind the other."""
    if first in DIRECT and second in DIRECT:
        return max(first, second, key=lambda how: _STRENGTH.get(how, 0))
    return second if first in DIRECT else first
