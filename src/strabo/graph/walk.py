"""Walks over a graph that is somewhere else, level by level: one question for all nodes of a level.

A level is walked in the order of ids, so the same graph gives the same walk. A cycle ends where it meets a node that
was seen before.
"""

from collections.abc import Callable, Container, Iterable, Iterator
from typing import NamedTuple

import msgspec

from strabo.graph.model import WHOLE

Neighbours = Callable[[list[int]], Iterable[tuple[int, int]]]
"""Asked for some nodes, all edges that leave them in the direction of the walk: (one of these nodes, its neighbour)."""

ColumnNode = tuple[int, str]
_Onward = tuple[int, str, bool, bool]  # the next node, its column, whether directly, whether as it is

_DEEPEST = 30  # parts of a field's path; a cycle that takes fields out of themselves ends here


class Walk(msgspec.Struct, frozen=True):
    hops: dict[int, int]  # node -> its distance, the nodes of the start with 0; nearest first, each level by id
    edges: list[tuple[int, int]]  # in the direction of the walk, between nodes in `hops`, by id
    left_out: int = 0  # nodes within the hops that the limit left out


class Step(NamedTuple):
    """One way from a column of one node to a column of the next, in the direction of the walk.

    A column may be WHOLE, or a field of one: `page.path`. Where an edge says nothing of columns, both are None.
    """

    start: int
    end: int
    from_column: str | None
    to_column: str | None
    direct: bool = True  # False: the column decides which rows there are, without being in them
    kept: bool = False  # the column goes on as it is, so a field of it is the same field there


ColumnSteps = Callable[[list[int]], Iterable[Step]]
"""Asked for some nodes, all steps that leave them; `steps` makes those of one edge."""


class ColumnEdge(NamedTuple):
    start: ColumnNode
    end: ColumnNode
    direct: bool


class ColumnWalk(msgspec.Struct, frozen=True):
    hops: dict[ColumnNode, int]  # (node, column) -> its distance; ordered as in Walk
    edges: list[ColumnEdge]  # between those in `hops`
    lost: list[tuple[int, int]]  # edges from reached nodes of which no columns are known: the trail may go on there
    left_out: int = 0  # columns within the hops that the limit left out


def walk(start: Iterable[int], neighbours: Neighbours, *, hops: int | None = None, limit: int | None = None) -> Walk:
    """All that can be reached within `hops` edges (None: however many), the nearest `limit` nodes of it.

    The nodes of the start do not count against the limit. What the limit leaves out is still walked, to be counted.
    Edges that leave the last level are not asked for, so those between nodes of it are not among the edges.
    """
    seen = dict.fromkeys(sorted(set(start)), 0)
    kept = dict(seen)
    room = limit
    edges: set[tuple[int, int]] = set()
    level, hop = list(seen), 0
    while level and (hops is None or hop < hops):
        hop += 1
        found = list(neighbours(level))
        level = sorted({end for _, end in found if end not in seen})
        seen.update(dict.fromkeys(level, hop))
        taken = level if room is None else level[:room]
        kept.update(dict.fromkeys(taken, hop))
        room = None if room is None else room - len(taken)
        edges.update(edge for edge in found if edge[0] in kept and edge[1] in kept)
    return Walk(kept, sorted(edges), len(seen) - len(kept))


def steps(
    source: int,
    target: int,
    columns: Iterable[tuple[str, str]],
    influences: Iterable[str] = (),
    *,
    upstream: bool,
    kept: Container[tuple[str, str]] = (),
) -> list[Step]:
    """The steps of one lineage edge, for a walk in one direction.

    columns: pairs of the source's and the target's. influences: the source's that decide about the target's rows.
    kept: those of the columns that are copied as they are.
    """
    if upstream:
        found = [Step(target, source, theirs, ours, kept=(ours, theirs) in kept) for ours, theirs in columns]
        found += [Step(target, source, WHOLE, column, direct=False) for column in influences]
        return found or [Step(target, source, None, None)]
    found = [Step(source, target, ours, theirs, kept=(ours, theirs) in kept) for ours, theirs in columns]
    found += [Step(source, target, column, WHOLE, direct=False) for column in influences]
    return found or [Step(source, target, None, None)]


def walk_columns(
    start: Iterable[ColumnNode],
    column_steps: ColumnSteps,
    *,
    hops: int | None = None,
    limit: int | None = None,
    indirect: bool = False,
) -> ColumnWalk:
    """All columns that can be reached from some columns; `hops` and `limit` as in `walk`, the limit counting columns.

    indirect: also follow columns that only decide about rows (filters, joins). Such a column reaches all columns of
    what it decides about, given as (node, WHOLE). (node, WHOLE) may also be a start: then every column of it is one.
    A column is reached with all fields of it; a field also goes where the column that holds it goes, and stays that
    field where the column is kept as it is.
    Each node is asked about once, however many of its columns are reached.
    """
    ways: dict[int, dict[str, list[_Onward]]] = {}
    inside: dict[int, dict[str, list[_Onward]]] = {}  # the same of the fields, by all that they are in
    lost: set[tuple[int, int]] = set()
    seen = dict.fromkeys(sorted(set(start)), 0)
    kept = dict(seen)
    room = limit
    edges: set[ColumnEdge] = set()
    level, hop = list(seen), 0
    while level and (hops is None or hop < hops):
        hop += 1
        asked = sorted({node for node, _ in level if node not in ways})
        if asked:
            ways.update({node: {} for node in asked})
            inside.update({node: {} for node in asked})
            for step in column_steps(asked):
                if step.from_column is None or step.to_column is None:
                    lost.add((step.start, step.end))
                elif step.direct or indirect:
                    onward = (step.end, step.to_column, step.direct, step.kept)
                    ways[step.start].setdefault(step.from_column, []).append(onward)
                    for holder, _ in _holders(step.from_column):
                        inside[step.start].setdefault(holder, []).append(onward)
        found = [
            ColumnEdge(at, (end, column), direct)
            for at in level
            for end, column, direct, _ in _onward(ways[at[0]], inside[at[0]], at[1])
        ]
        level = sorted({edge.end for edge in found if edge.end not in seen})
        seen.update(dict.fromkeys(level, hop))
        taken = level if room is None else level[:room]
        kept.update(dict.fromkeys(taken, hop))
        room = None if room is None else room - len(taken)
        edges.update(edge for edge in found if edge.start in kept and edge.end in kept)
    return ColumnWalk(kept, sorted(edges), sorted(lost), len(seen) - len(kept))


def _onward(ways: dict[str, list[_Onward]], inside: dict[str, list[_Onward]], column: str) -> list[_Onward]:
    if column == WHOLE:
        return [onward for some in ways.values() for onward in some]
    found = [*ways.get(column, ()), *ways.get(WHOLE, ()), *inside.get(column, ())]
    for holder, field in _holders(column):
        for way in ways.get(holder, ()):
            end, to, direct, kept = way
            deeper = f"{to}.{field}" if kept and to != WHOLE else to
            found.append(way if deeper.count(".") > _DEEPEST else (end, deeper, direct, kept))
    return found


def _holders(column: str) -> Iterator[tuple[str, str]]:
    """The columns and fields that a field is in, and how it is called there: `a.b.c` is `b.c` in `a`."""
    at = column.find(".")
    while at != -1:
        yield column[:at], column[at + 1 :]
        at = column.find(".", at + 1)
