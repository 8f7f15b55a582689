"""Reads the text of views, and adds the lineage that it tells, table by table and column by column.

Records pass through at once. What is remembered is the column names of each dataset, and the definitions of those
whose scope is still being listed; a view's lineage comes before the ScopeComplete that covers the view. When it
reads a table that is not known yet but may still be listed, that ScopeComplete waits for the table, or for the end.
"""

from collections.abc import Callable, Iterable, Iterator
from sys import intern

import msgspec

from strabo.ingest.contracts import RunContext
from strabo.model import naming
from strabo.model.records import (
    ColumnEdge,
    Dataset,
    Definition,
    Influence,
    Lineage,
    Record,
    ScopeComplete,
    Skipped,
    Upstream,
)
from strabo.model.ref import Ref
from strabo.sql import names
from strabo.sql.dialects import Case
from strabo.sql.lineage import lineage
from strabo.sql.names import TableName
from strabo.sql.result import Limits, Result, Session, Statement, Table

# Platforms that the parser knows by another name.
DIALECTS = {"mssql": "tsql", "awsathena": "athena"}

# Schemas that a database keeps for itself and no source lists: nobody waits for a table in one.
_SYSTEM = frozenset({"information_schema", "pg_catalog", "pg_toast", "performance_schema", "mysql", "sys"})

_LONGEST_EXPRESSION = 4_000  # characters; a longer one is cut: nobody reads it, and history keeps it for ever
_MOST_UNKNOWN = 50


class SqlLineageConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    dialect: str | None = None  # instead of the one that each definition names
    max_seconds: float = 5.0  # for one definition
    max_characters: int = 1_000_000  # of one definition


Known = Callable[[Ref], tuple[str, ...] | None]
"""The column names of a dataset that is known from elsewhere; None when it is not."""


class SqlLineage:
    """The processor. `known` is asked for tables that the stream has not shown."""

    def __init__(self, config: SqlLineageConfig, known: Known | None = None) -> None:
        self.config = config
        self.known = known

    def bind(self, context: RunContext) -> None:
        """Takes what the catalog of the run knows: the tables of other feeds, whose columns a definition may read."""
        self.known = self.known or context.columns_of

    def __call__(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records, and a Lineage (or a Skipped that says why not) for every view among them."""
        reader = _Reader(self.config, self.known)
        for record in records:
            if isinstance(record, ScopeComplete):
                yield from reader.close(record)
                continue
            yield record
            if isinstance(record, Dataset):
                yield from reader.dataset(record)
            elif isinstance(record, Definition):
                reader.definition(record)
        yield from reader.end()


class _Shapes:
    """Column names by dataset. A million of them must fit: names and whole lists are kept once."""

    def __init__(self) -> None:
        self._columns: dict[str, dict[str, tuple[str, ...]]] = {}  # namespace -> key -> columns
        self._names: dict[tuple[str, str], str] = {}  # the name, where it is not its own key
        self._lists: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._rules: dict[str, Case] = {}

    def rules(self, namespace: str) -> Case:
        found = self._rules.get(namespace)
        if found is None:
            kind = naming.platform(namespace)
            found = self._rules[namespace] = names.case(DIALECTS.get(kind, kind))
        return found

    def add(self, dataset: Dataset) -> str:
        """Remembers a dataset; the key that its name compares by."""
        ref = dataset.ref
        columns = tuple(intern(column.name) for column in dataset.columns)
        columns = self._lists.setdefault(columns, columns)
        key = self.rules(ref.namespace).table(ref.name, True)
        if key == ref.name:
            key = ref.name  # one string, not two
        else:
            self._names[ref.namespace, key] = ref.name
        self._columns.setdefault(ref.namespace, {})[key] = columns
        return key

    def columns(self, ref: Ref) -> tuple[str, ...] | None:
        return self._columns.get(ref.namespace, {}).get(self.rules(ref.namespace).table(ref.name, True))

    def find(self, namespace: str, key: str) -> tuple[str, tuple[str, ...]] | None:
        """The name and the columns of what has this key."""
        columns = self._columns.get(namespace, {}).get(key)
        return None if columns is None else (self._names.get((namespace, key), key), columns)


class _Waiting(msgspec.Struct):
    """A definition that has been read, but for tables that may still be listed."""

    definition: Definition
    answer: Record  # what is said if they never are
    missing: set[str]  # their keys
    came: bool = False  # one of them has been: the answer must be found anew


class _Reader:
    """The state of one run of the processor."""

    def __init__(self, config: SqlLineageConfig, known: Known | None) -> None:
        self.config = config
        self.known = known
        self.limits = Limits(seconds=config.max_seconds, characters=config.max_characters)
        self.shapes = _Shapes()
        self.pending: dict[Ref, Definition] = {}  # not read yet: their scope is being listed
        self.waiting: dict[Ref, _Waiting] = {}
        self.wanted: dict[tuple[str, str], set[Ref]] = {}  # (namespace, key) -> who waits for it
        self.held: list[ScopeComplete] = []
        self.closed: dict[str, set[str]] = {}  # namespace -> names of scopes listed completely

    def dataset(self, record: Dataset) -> Iterator[Record]:
        """Remembers a dataset; what was waiting for it, and for nothing else."""
        key = self.shapes.add(record)
        if not self.wanted:
            return
        for ref in sorted(self.wanted.pop((record.ref.namespace, key), ())):
            waits = self.waiting[ref]
            waits.missing.discard(key)
            waits.came = True
            if not waits.missing:
                yield from self.settle(ref)
                yield from self.release()

    def columns(self, ref: Ref) -> tuple[str, ...] | None:
        """The columns of what a definition makes, which may be listed by another feed; None when it is no dataset."""
        columns = self.shapes.columns(ref)
        return self.known(ref) if columns is None and self.known is not None else columns

    def settle(self, ref: Ref) -> Iterator[Record]:
        """What is said of a definition that waits for nothing any more."""
        waits = self._forget(ref)
        if waits is not None:
            yield from self.read(waits.definition, wait=False) if waits.came else (waits.answer,)

    def definition(self, record: Definition) -> None:
        if record.language == "sql" and self.columns(record.ref) is not None:
            self._forget(record.ref)
            self.pending[record.ref] = record

    def _forget(self, ref: Ref) -> _Waiting | None:
        waits = self.waiting.pop(ref, None)
        for key in waits.missing if waits is not None else ():
            who = self.wanted[ref.namespace, key]
            who.discard(ref)
            if not who:
                del self.wanted[ref.namespace, key]
        return waits

    def close(self, scope: ScopeComplete) -> Iterator[Record]:
        """The lineage of the scope's views, then the scope's end; the end waits if one of them has to."""
        namespace = scope.ref.namespace
        if "dataset" in scope.covers:
            self.closed.setdefault(namespace, set()).add(self.shapes.rules(namespace).table(scope.ref.name, True))
            for key in [key for space, key in self.wanted if space == namespace and not self._may_come(space, key)]:
                for ref in sorted(self.wanted.pop((namespace, key))):
                    self.waiting[ref].missing.discard(key)  # it is not there
                    if not self.waiting[ref].missing:
                        yield from self.settle(ref)
            for ref in [ref for ref in self.pending if naming.within(scope.ref, ref)]:
                yield from self.read(self.pending.pop(ref), wait=True)
        self.held.append(scope)
        yield from self.release()

    def release(self) -> Iterator[Record]:
        """The ends of scopes that nothing waits in; an outer scope ends after those within it."""
        still: list[ScopeComplete] = []
        for scope in self.held:
            waits = any(naming.within(scope.ref, ref) for ref in self.waiting)
            if waits or any(naming.within(scope.ref, other.ref) for other in still):
                still.append(scope)
            else:
                yield scope
        self.held = still

    def end(self) -> Iterator[Record]:
        for definition in self.pending.values():
            yield from self.read(definition, wait=False)
        for ref in list(self.waiting):
            yield from self.settle(ref)
        yield from self.held

    def read(self, definition: Definition, *, wait: bool) -> Iterator[Record]:
        """What a definition tells; nothing yet if it should wait for tables that may still come."""
        missing: set[str] = set()
        answer = self.answer(definition, missing)
        if answer is None:
            return
        if wait and missing:
            self.waiting[definition.ref] = _Waiting(definition, answer, missing)
            for key in missing:
                self.wanted.setdefault((definition.ref.namespace, key), set()).add(definition.ref)
            return
        yield answer

    def answer(self, definition: Definition, missing: set[str]) -> Record | None:
        """The Lineage or Skipped of a definition, None where it has no query; adds keys of tables that may come."""
        ref = definition.ref
        rules = self.shapes.rules(ref.namespace)

        def schemas(name: TableName) -> Table | None:
            key = naming.join(*name.key(rules))
            found = self.shapes.find(ref.namespace, key)
            if found is None and self._may_come(ref.namespace, key):
                missing.add(key)  # also when it is known: it may have been altered since
            if found is None and self.known is not None:
                spelled = naming.join(*name.spelled(rules))
                columns = self.known(Ref(ref.namespace, spelled))
                found = None if columns is None else (spelled, columns)
            if found is None:
                return None
            return Table(tuple(naming.split(found[0])), found[1] or None)

        result = lineage(
            definition.text,
            dialect=self.config.dialect or definition.dialect,
            schemas=schemas,
            session=Session(search_path=definition.search_path),
            shown=self.columns(ref) or (),
            limits=self.limits,
        )
        for statement in result.statements:
            if statement.kind in {"select", "create_view", "create_table_as"}:
                if statement.outputs or statement.reads:
                    return self.said(ref, statement, tuple(map(str, result.unparsed)))
                result = Result(unparsed=(*statement.unknown, *result.unparsed))
                break
        if result.unparsed:
            reason = "; ".join(map(str, result.unparsed))
            return Skipped(ref=ref, part="lineage", reason=reason, fix=f"is the dialect {definition.dialect!r} right?")
        return None

    def _may_come(self, namespace: str, key: str) -> bool:
        """Whether a table may still be listed: no scope that it would lie in has been."""
        steps = naming.split(key)
        if any(step.lower() in _SYSTEM for step in steps[:-1]):
            return False
        closed = self.closed.get(namespace, ())
        return not any((naming.join(*steps[:at]) if at else "") in closed for at in range(len(steps)))

    def said(self, ref: Ref, statement: Statement, unparsed: tuple[str, ...]) -> Lineage:
        columns: dict[names.Parts, list[ColumnEdge]] = {read.table: [] for read in statement.reads}
        influences: dict[names.Parts, list[Influence]] = {read.table: [] for read in statement.reads}
        for edge in statement.edges:
            columns[edge.table].append(
                ColumnEdge(source=edge.source, target=edge.target, how=edge.how, guessed=edge.guessed)
            )
        for decides in statement.influences:
            influences[decides.table].append(Influence(source=decides.source, how=decides.how))
        upstreams = [
            Upstream(
                ref=Ref(ref.namespace, naming.join(*read.table)),
                columns=tuple(dict.fromkeys(columns[read.table])),  # two fields of one column are one edge here
                influences=tuple(dict.fromkeys(influences[read.table])),
                guessed=read.guessed,
            )
            for read in statement.reads
        ]
        unknown = [*map(str, statement.unknown), *unparsed]
        if any(upstream.ref == ref for upstream in upstreams):
            unknown.append("the view reads itself")
        if len(unknown) > _MOST_UNKNOWN:
            unknown = [*unknown[:_MOST_UNKNOWN], f"and {len(unknown) - _MOST_UNKNOWN} more"]
        return Lineage(
            ref=ref,
            upstreams=tuple(upstream for upstream in upstreams if upstream.ref != ref),
            how="parsed",
            evidence="view definition",
            expressions={o.name: _cut(o.expression) for o in statement.outputs if o.expression},
            unknown=tuple(unknown),
        )


def _cut(expression: str) -> str:
    return expression if len(expression) <= _LONGEST_EXPRESSION else expression[: _LONGEST_EXPRESSION - 1] + "…"
