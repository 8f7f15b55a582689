"""What a text of SQL says about columns: plain values, without a trace of the parser."""

from collections.abc import Callable
from typing import Literal

import msgspec

from strabo.model.records import Transformation
from strabo.sql.names import Parts, TableName

Kind = Literal["select", "create_view", "create_table_as", "insert", "other"]


class Table(msgspec.Struct, frozen=True):
    """A table that the caller knows. `columns` is None where it exists and its columns are not known."""

    name: Parts  # whatever the caller calls it; comes back in reads and edges
    columns: tuple[str, ...] | None


Schemas = Callable[[TableName], Table | None]
"""Asked at most once per name and statement; None means that no such table is known."""


class Read(msgspec.Struct, frozen=True, gc=False):
    """A table that a statement reads. `guessed` when nobody knew it: `table` is then the likeliest full name."""

    table: Parts
    guessed: bool = False


class Edge(msgspec.Struct, frozen=True, gc=False):
    """One column of a table that was read, and the output column that it makes or decides."""

    table: Parts
    source: str
    target: str
    how: Transformation
    guessed: bool = False


class Decides(msgspec.Struct, frozen=True, gc=False):
    """One column of a table that was read that decides which rows there are, or their order."""

    table: Parts
    source: str
    how: Transformation


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


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    kind: Kind
    target: TableName | None = None
    reads: tuple[Read, ...] = ()
    outputs: tuple[Output, ...] = ()
    edges: tuple[Edge, ...] = ()
    influences: tuple[Decides, ...] = ()
    unknown: tuple[Unknown, ...] = ()


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The statements of a text in their order; `unparsed` says where text could not be read as SQL, and why."""

    statements: tuple[Statement, ...] = ()
    unparsed: tuple[Unknown, ...] = ()


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one text may cost; beyond it the answer is `unparsed`."""

    characters: int = 1_000_000
    nesting: int = 400  # brackets within brackets
    seconds: float = 5.0
