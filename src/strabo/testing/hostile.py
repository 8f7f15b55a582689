"""A source of everything awkward at once, and the names it is made of: for tests of whatever takes records."""

from collections.abc import Iterator

import msgspec

from strabo.model.naming import join
from strabo.model.records import (
    Column,
    Container,
    Dataset,
    Definition,
    Failed,
    ForeignKey,
    Key,
    Record,
    ScopeComplete,
    Skipped,
    Stats,
)
from strabo.model.ref import Ref

HOSTILE_NAMES: tuple[str, ...] = (
    "orders",
    "my.table",
    "...",
    ".hidden",
    'say "hi"',
    '"',
    "it's",
    "back`tick",
    "square[brackets]",
    "a/b/c",
    "/",
    "..",
    "back\\slash",
    "two  spaces",
    " leading and trailing ",
    "line\nbreak",
    "tab\there",
    "1st",
    "42",
    "100%",
    "%s%d{0}${HOME}",
    "a_b%c*d?e",
    "x; drop table orders; --",
    "/* comment */",
    "comma,colon:semi;",
    "(round)",
    "a=b&c#d@e",
    "<b onclick='x'>&amp;</b>",
    "null",
    "true",
    "select",
    "table",
    "group by",
    "naïve",  # one code point for the ï
    "nai\u0308ve",  # two: it looks the same
    "Straße",
    "İstanbul",  # its lower case is longer
    "日本語",
    "مرحبا",  # right to left
    "שלום_2",
    "a\u202eb",  # turns the text around for what follows
    "zero\u200bwidth",
    "🦉",
    "👩\u200d👩\u200d👧",  # five code points, one picture
    "\U0001d518\U0001d52b",  # beyond the basic plane
    "a" * 63,  # as long as PostgreSQL allows
    "é" * 31 + "z",  # 63 bytes, 32 characters
)
"""Identifiers that real systems allow, once quoted, and that naive code trips over. No two differ by letter case only,
so that a system which folds names can hold them all; `CASES` are for those that do not."""

CASES: tuple[str, ...] = ("Orders", "ORDERS", "orders", "oRDERS")
"""Names that differ by letter case only: four tables in PostgreSQL, one in SQLite."""

COLUMNS = 10_000
COMMENT_BYTES = 1_000_000
NAMESPACE = "postgres://hostile:5432"
DATABASE = "hos.tile"


class HostileConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing to set."""


_NOTHING = HostileConfig()
_COMMENT = ("ü🦉 " * (COMMENT_BYTES // 7)).ljust(
    COMMENT_BYTES // 7 * 3 + COMMENT_BYTES % 7, "."
)  # 7 bytes, 3 characters


class HostileSource:
    """The same awkward records every time, about a database that does not exist; nothing is connected to.

    Its schemas: `names`, `case`, `wide` (10,000 columns, a comment of 1 MB, a deep type), `empty` (datasets without
    columns), `nothing` (a scope with nothing in it), `views` (a cycle), `broken` (objects skipped and failed: its scope
    is not closed).
    """

    def __init__(self, config: HostileConfig = _NOTHING) -> None:
        self.config = config

    def read(self) -> Iterator[Record]:
        return self.read_rest(frozenset())

    def read_rest(self, done: frozenset[Ref]) -> Iterator[Record]:
        yield Container(ref=Ref(NAMESPACE, join(DATABASE)), kind="database")
        for schema, objects in _SCHEMAS.items():
            scope = _ref(schema)
            if scope in done:
                continue
            yield Container(ref=scope)
            yield from objects(schema)
            if schema != "broken":
                yield ScopeComplete(ref=scope, covers=("dataset",))


def _ref(*parts: str) -> Ref:
    return Ref(NAMESPACE, join(DATABASE, *parts))


def _names(schema: str) -> Iterator[Record]:
    """Every name as a table, every name as a column of it."""
    columns = tuple(Column(name=name, type="text", kind="text") for name in HOSTILE_NAMES)
    for name in sorted(HOSTILE_NAMES):
        yield Dataset(
            ref=_ref(schema, name),
            columns=columns,
            primary_key=Key(columns=(name,), name=name),
            foreign_keys=(ForeignKey(columns=(name,), references=_ref(schema, HOSTILE_NAMES[0]), to=(name,)),),
            comment=name,
            owner=name,
            properties={name: name},
        )
        yield Stats(ref=_ref(schema, name), rows=0, bytes=0)


def _case(schema: str) -> Iterator[Record]:
    """Tables and columns that differ by letter case only."""
    for name in sorted(CASES):
        columns = tuple(Column(name=c, type="integer", kind="integer") for c in CASES)
        yield Dataset(ref=_ref(schema, name), columns=columns, comment=f"the one spelled {name}")


def _wide(schema: str) -> Iterator[Record]:
    """Too many columns, too long a comment, too deep a type, too big a number."""
    yield Dataset(ref=_ref(schema, "columns"), columns=tuple(_numbered(n) for n in range(COLUMNS)))
    yield Dataset(ref=_ref(schema, "comment"), columns=(_numbered(0),), comment=_COMMENT)
    deep = Column(name="leaf", type="integer", kind="integer")
    for level in range(50):
        deep = Column(name=f"level {level}", type="record", kind="struct", fields=(deep,))
    yield Dataset(ref=_ref(schema, "deep"), columns=(deep,))
    yield Dataset(ref=_ref(schema, "rows"), columns=(_numbered(0),))
    yield Stats(ref=_ref(schema, "rows"), rows=2**63 - 1, bytes=2**63 - 1)


def _numbered(number: int) -> Column:
    return Column(name=f"column {number}", type="numeric(38,9)", kind="decimal", comment=f"number {number}")


def _empty(schema: str) -> Iterator[Record]:
    """Datasets that have no columns, and texts that are there and empty."""
    yield Dataset(ref=_ref(schema, "no columns"))
    yield Dataset(ref=_ref(schema, "no comment"), comment="", columns=(Column(name="a", comment="", default=""),))
    yield Dataset(ref=_ref(schema, "no text"), kind="view")
    yield Definition(ref=_ref(schema, "no text"), text="", dialect="postgres")


def _nothing(_: str) -> Iterator[Record]:
    return iter(())


def _views(schema: str) -> Iterator[Record]:
    """Views that read one another in a circle, one that reads itself, one whose text is no SQL."""
    texts = {
        "a": 'create view a as select x from "c"',
        "b": "create view b as select x from a",
        "c": "create view c as select x from b",
        "nonsense": "create view nonsense as select from where ((",
        "self": "create view self as select x, x + 1 as y from self",
    }
    for name, text in texts.items():
        ref = _ref(schema, name)
        yield Dataset(ref=ref, kind="view", columns=(Column(name="x", type="integer", kind="integer"),))
        yield Definition(ref=ref, text=text, dialect="postgres", search_path=(join(DATABASE, schema),))


def _broken(schema: str) -> Iterator[Record]:
    """What could not be read: whole objects, and parts of objects that are there."""
    yield Dataset(ref=_ref(schema, "half"), columns=(_numbered(0),))
    yield Skipped(ref=_ref(schema, "half"), part="sizes", reason="permission denied", fix="GRANT pg_monitor TO strabo")
    yield Failed(ref=_ref(schema, "half"), part="columns", call="list columns", error='it\'s "broken"\nin two lines')
    yield Skipped(ref=_ref(schema, "locked"), reason="permission denied for table locked", fix="GRANT SELECT …")
    yield Failed(ref=_ref(schema, "torn"), call="list tables", error="connection reset", fix="run again")


_SCHEMAS = {
    "broken": _broken,
    "case": _case,
    "empty": _empty,
    "names": _names,
    "nothing": _nothing,
    "views": _views,
    "wide": _wide,
}
