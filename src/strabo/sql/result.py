"""What a text of SQL says about columns: plain values, without a trace of the parser."""

from collections.abc import Callable
from typing import Literal

import msgspec

from strabo.model.records import Transformation
from strabo.sql.names import Parts, TableName

Kind = Literal[
    "select", "create_view", "create_table_as", "create_table", "insert", "update", "delete", "merge", "load", "unload",
    "rename", "swap", "alter", "drop", "truncate", "session", "other",
]  # fmt: skip
"""`session` changes what names mean (USE, SET search_path); `other` moves no data, or how it does is not followed."""

Way = Literal[
    "create", "insert", "overwrite", "update", "delete", "merge", "load", "rename", "swap", "alter", "drop", "truncate",
    "unload",
]  # fmt: skip
"""What happens to a table that is written: its rows are added to, replaced, changed, removed, or it is named anew."""


class Table(msgspec.Struct, frozen=True):
    """A table that the caller knows. `columns` is None where it exists and its columns are not known."""

    name: Parts  # whatever the caller calls it; comes back in reads and edges
    columns: tuple[str, ...] | None


Schemas = Callable[[TableName], Table | None]
"""Asked at most once per name and statement; None means that no such table is known."""


class Read(msgspec.Struct, frozen=True, gc=False):
    """A table that a statement reads. `guessed` when nobody knew it: `table` is then the likeliest full name.

    A file, a stage or a folder is a table of one part, which is its `location`. `temporary`: the session made it and
    it ends with the session; no catalog has it.
    """

    table: Parts
    guessed: bool = False
    temporary: bool = False
    location: str = ""


class Target(msgspec.Struct, frozen=True, gc=False):
    """A table that a statement writes, named and marked as a `Read` is, and what happens to it there."""

    table: Parts
    way: Way
    guessed: bool = False
    temporary: bool = False
    location: str = ""


class Edge(msgspec.Struct, frozen=True, gc=False):
    """One column of a table that was read, and the output column that it makes or decides."""

    table: Parts
    source: str
    target: str
    how: Transformation
    guessed: bool = False
    field: str = ""  # of a struct, a map or a JSON value: the dotted path below the source column


class Decides(msgspec.Struct, frozen=True, gc=False):
    """One column of a table that was read that decides which rows there are, or their order."""

    table: Parts
    source: str
    how: Transformation
    field: str = ""


class Output(msgspec.Struct, frozen=True, gc=False):
    """A column that the statement puts out, and the text that makes it; "" where that is just a column."""

    name: str
    expression: str = ""


class Unknown(msgspec.Struct, frozen=True, gc=False):
    """What the text did not tell, and where: line and column count from 1; 0 where there is no one place."""

    reason: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.reason}" if self.line else self.reason


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """What a statement brings to one place: the columns put there, what makes them, and what decides about rows."""

    into: Target | None = None  # None: whoever asked gets it, as of SELECT and RETURNING
    outputs: tuple[Output, ...] = ()
    edges: tuple[Edge, ...] = ()
    influences: tuple[Decides, ...] = ()


_NOWHERE = Flow()


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One statement. A multi-table INSERT, a MERGE, queries of WITH that write, have a flow for each table.

    The main flow comes first; `target`, `outputs`, `edges` and `influences` are its own.
    """

    kind: Kind
    line: int = 0  # where it begins in the text, from 1
    column: int = 0
    reads: tuple[Read, ...] = ()
    flows: tuple[Flow, ...] = ()
    unknown: tuple[Unknown, ...] = ()

    @property
    def main(self) -> Flow:
        return self.flows[0] if self.flows else _NOWHERE

    @property
    def target(self) -> Target | None:
        return self.main.into

    @property
    def writes(self) -> tuple[Target, ...]:
        return tuple(flow.into for flow in self.flows if flow.into is not None)

    @property
    def outputs(self) -> tuple[Output, ...]:
        return self.main.outputs

    @property
    def edges(self) -> tuple[Edge, ...]:
        return self.main.edges

    @property
    def influences(self) -> tuple[Decides, ...]:
        return self.main.influences


class Made(msgspec.Struct, frozen=True):
    """What a session knows of a table better than the catalog does, because it made, changed or renamed it."""

    name: Parts
    columns: tuple[str, ...] | None
    temporary: bool = False


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What the statements before have left behind: a value, taken in and handed back by `lineage`.

    search_path: dotted prefixes, in order, under which a name that lacks parts is looked up; none means that names
    are whole. tables: by key (`TableName.key`, behind an empty part for a temporary one), over what the schemas say;
    None where a table is gone.
    """

    search_path: tuple[str, ...] = ()
    tables: dict[Parts, Made | None] = {}  # nobody changes it

    def __hash__(self) -> int:
        return hash((self.search_path, frozenset(self.tables.items())))


class Query(msgspec.Struct, frozen=True):
    """One of many texts: what `lineage` takes."""

    text: str
    dialect: str
    session: Session = Session()
    shown: tuple[str, ...] = ()


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The statements of a text in their order; `unparsed` says where text could not be read as SQL, and why.

    `session` is what the next text of the same session begins with.
    """

    statements: tuple[Statement, ...] = ()
    unparsed: tuple[Unknown, ...] = ()
    session: Session = Session()


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a text may cost; what is beyond is answered as `unparsed`."""

    characters: int = 4_000_000
    nesting: int = 400  # brackets within brackets
    seconds: float = 5.0  # for each statement
    megabytes: int = 512  # for a text that is given to a process of its own
    in_process: int | None = None
    """Characters; a longer text is, so that it can be stopped whatever it does. None: 100,000 with the plain parser,
    which looks at the clock itself, and 8,000 with the compiled one, which nothing can stop in its own process."""
