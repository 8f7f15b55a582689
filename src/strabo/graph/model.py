"""What a walk has found, ready to be shown: nodes, edges, and what was left out."""

from datetime import datetime
from typing import Literal

import msgspec

from strabo.model.ref import Ref

Direction = Literal["upstream", "downstream", "both"]

WHOLE = "*"
"""In place of a column: the dataset as a whole, every column of it."""


class Node(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    ref: Ref
    kind: str = ""  # empty while nothing but edges speak of it
    live: bool = True  # False: it is gone, or was never seen itself
    hop: int = 0  # edges from the root by the shortest way; in a graph of both directions, upstream counts down: -1, -2
    owners: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()  # those that the walk has reached, where it went by columns


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """One column of the source that makes, or decides about, one column of the target (or WHOLE of it)."""

    source: str
    target: str
    how: str = "identity"  # as in `ColumnEdge.how`
    guessed: bool = False


class Edge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Data flows from source to target, whichever way the walk went."""

    source: Ref
    target: Ref
    columns: tuple[Link, ...] = ()  # empty: not known, or not asked
    job: Ref | None = None  # what moves the data
    how: str = ""  # as in `Lineage.how`: "declared", "parsed", "observed", "guessed"
    first_seen: datetime | None = None  # by a run; None where no run was watched
    last_seen: datetime | None = None
    runs: int = 0  # that were seen to move data along it
    expired: bool = False  # only runs speak for it, and the last of them is long ago


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the lineage around one object."""

    root: Ref
    direction: Direction
    nodes: tuple[Node, ...] = ()  # the root among them
    edges: tuple[Edge, ...] = ()
    complete: bool = True  # nothing within the hops that were asked for is missing
    left_out: int = 0  # objects within those hops beyond the limit
    hidden: int = 0  # objects that were found and not asked for
