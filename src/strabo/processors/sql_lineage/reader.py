"""One run of the processor: which definitions wait for which tables, and what each is found to say."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import NamedTuple

import msgspec

from strabo.model import naming
from strabo.model.records import Dataset, Definition, Job, JobKind, JobRun, Record, ScopeComplete, Skipped, Usage
from strabo.model.ref import Ref
from strabo.processors.sql_lineage import fan, said
from strabo.processors.sql_lineage.headers import Routine, header, of_trigger, without
from strabo.processors.sql_lineage.queries import Reading, Runs
from strabo.processors.sql_lineage.shapes import Shapes, dialect_of
from strabo.sql.dialects import called
from strabo.sql.lineage import lineage
from strabo.sql.names import TableName
from strabo.sql.result import Limits, Query, Result, Schemas, Session, Table

Known = Callable[[Ref], tuple[str, ...] | None]
"""The column names of a dataset that is known from elsewhere; None when it is not."""

# Schemas that a database keeps for itself and no source lists: nobody waits for a table in one.
_SYSTEM = frozenset({"information_schema", "pg_catalog", "pg_toast", "performance_schema", "mysql", "sys"})

# Languages of routines whose text is SQL, or holds it in a way that the SQL room follows.
_SQL = frozenset({"sql", "plpgsql", "plsql", "pl/sql", "tsql", "t-sql", "sql/pl", "sqlpl"})

FAN_OUT = 2_000  # queries from which on it pays to hand them out
_BATCH = 5_000  # queries that are read at a time

_EVIDENCE: dict[JobKind, str] = {
    "procedure": "procedure body",
    "function": "function body",
    "trigger": "trigger body",
    "event": "event body",
}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The processor's config, as this room's reader needs it."""

    dialect: str | None
    namespace: str | None
    seconds: float
    characters: int


class _Waiting(msgspec.Struct):
    """A definition that has been read, but for tables that may still be listed."""

    definition: Definition
    answer: list[Record]  # what is said if they never are
    missing: set[str]  # their keys
    came: bool = False  # one of them has been: the answer must be found anew


class _Place(NamedTuple):
    """Where the tables of a definition are, and what they speak."""

    namespace: str
    dialect: str


class Reader:
    """The state of one run of the processor."""

    def __init__(
        self, settings: Settings, known: Known | None, executor: Callable[[], Executor | None] = lambda: None
    ) -> None:
        """executor: asked for one when there are so many queries that it pays."""
        self.settings = settings
        self.executor = executor
        self.known = known
        self.limits = Limits(seconds=settings.seconds, characters=settings.characters)
        self.shapes = Shapes()
        self.jobs: dict[Ref, JobKind] = {}
        self.routines: dict[Ref, Routine] = {}
        self.fired: set[Ref] = set()  # the functions that triggers call
        self.bodies: dict[Ref, Definition] = {}  # of functions that only triggers can call
        self.pending: dict[Ref, Definition] = {}  # not read yet: their scope is being listed
        self.waiting: dict[Ref, _Waiting] = {}
        self.wanted: dict[tuple[str, str], set[Ref]] = {}  # (namespace, key) -> who waits for it
        self.held: list[ScopeComplete] = []
        self.closed: dict[str, set[str]] = {}  # namespace -> names of scopes listed completely
        self.runs: dict[Ref, Runs] = {}  # of queries that have not been read yet
        self.queries: dict[Ref, Definition] = {}
        self.reading = Reading()

    # --- what comes in

    def dataset(self, record: Dataset) -> Iterator[Record]:
        """Remembers a dataset; what was waiting for it, and for nothing else."""
        yield from self._came(record.ref.namespace, self.shapes.add(record))

    def _came(self, namespace: str, key: str) -> Iterator[Record]:
        """What was waiting for this, and for nothing else."""
        for ref in sorted(self.wanted.pop((namespace, key), ())) if self.wanted else ():
            waits = self.waiting[ref]
            waits.missing.discard(key)
            waits.came = True
            if not waits.missing:
                yield from self.settle(ref)
                yield from self.release()

    def job(self, record: Job) -> None:
        self.jobs[record.ref] = record.kind
        if record.kind in _EVIDENCE:
            routine = self.routines[record.ref] = Routine.of(record)
            if routine.function is not None:
                self.fired.add(routine.function)

    def usage(self, record: Usage) -> None:
        """How often a query ran; of datasets it is no news here."""
        if self.jobs.get(record.ref) == "query":
            self.runs.setdefault(record.ref, Runs()).add(record)

    def ran(self, record: JobRun) -> None:
        """When a query ran; of other jobs it is no news here."""
        if record.started_at is not None and self.jobs.get(record.ref) == "query":
            self.runs.setdefault(record.ref, Runs()).ran(record.started_at)

    def definition(self, record: Definition) -> Iterator[Record]:
        """Keeps a definition until its scope has been listed; queries until there are enough of them."""
        ref = record.ref
        kind = self.jobs.get(ref)
        if kind is None:
            if record.language == "sql" and self.columns(ref) is not None:
                self._forget(ref)
                self.pending[ref] = record
        elif record.language.lower() in _SQL and self.place(record) is not None:
            if kind == "query":
                self.queries[ref] = record
                if len(self.queries) >= _BATCH:
                    yield from self.read_queries()
            else:
                self._forget(ref)
                self.pending[ref] = record
                if ref in self.routines and self.routines[ref].makes_trigger:
                    self.bodies[ref] = record
                    yield from self._came(ref.namespace, ref.name)

    def close(self, scope: ScopeComplete) -> Iterator[Record]:
        """What the scope's views and routines tell, then the scope's end; the end waits if one of them has to."""
        namespace = scope.ref.namespace
        if "dataset" in scope.covers:
            self.closed.setdefault(namespace, set()).add(self.shapes.rules(namespace).table(scope.ref.name, True))
            for key in [key for space, key in self.wanted if space == namespace and not self._may_come(space, key)]:
                for ref in sorted(self.wanted.pop((namespace, key))):
                    self.waiting[ref].missing.discard(key)  # it is not there
                    if not self.waiting[ref].missing:
                        yield from self.settle(ref)
        for ref in [ref for ref in self.pending if naming.within(scope.ref, ref)]:
            if ref in self.jobs or "dataset" in scope.covers:
                yield from self.read(self.pending.pop(ref), wait=True)
        self.held.append(scope)
        yield from self.release()

    def end(self) -> Iterator[Record]:
        for definition in self.pending.values():
            yield from self.read(definition, wait=False)
        for ref in list(self.waiting):
            yield from self.settle(ref)
        yield from self.read_queries()
        yield from self.reading.records()
        yield from self.held

    # --- waiting

    def settle(self, ref: Ref) -> Iterator[Record]:
        """What is said of a definition that waits for nothing any more."""
        waits = self._forget(ref)
        if waits is not None:
            yield from self.read(waits.definition, wait=False) if waits.came else waits.answer

    def _forget(self, ref: Ref) -> _Waiting | None:
        waits = self.waiting.pop(ref, None)
        if waits is None:
            return None
        namespace = self.namespace(ref)
        for key in waits.missing:
            who = self.wanted[namespace, key]
            who.discard(ref)
            if not who:
                del self.wanted[namespace, key]
        return waits

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

    def _may_come(self, namespace: str, key: str) -> bool:
        """Whether a table may still be listed: no scope that it would lie in has been."""
        steps = naming.split(key)
        if any(step.lower() in _SYSTEM for step in steps[:-1]):
            return False
        closed = self.closed.get(namespace, ())
        return not any((naming.join(*steps[:at]) if at else "") in closed for at in range(len(steps)))

    # --- reading

    def columns(self, ref: Ref) -> tuple[str, ...] | None:
        """The columns of what a definition makes, which may be listed by another feed; None when it is no dataset."""
        columns = self.shapes.columns(ref)
        return self.known(ref) if columns is None and self.known is not None else columns

    def namespace(self, ref: Ref) -> str:
        """Where the tables are that a definition of this object names."""
        if ref in self.jobs and self.settings.namespace and not dialect_of(ref.namespace):
            return naming.normal_namespace(self.settings.namespace)
        return ref.namespace

    def place(self, definition: Definition) -> _Place | None:
        """None where nobody says which system's tables a job names."""
        namespace = self.namespace(definition.ref)
        usual = dialect_of(namespace)
        if not usual and definition.ref in self.jobs and namespace == definition.ref.namespace:
            return None
        own = called(definition.dialect) or definition.dialect
        return _Place(namespace, self.settings.dialect or own or usual)

    def read(self, definition: Definition, *, wait: bool) -> Iterator[Record]:
        """What a definition tells; nothing yet if it should wait for tables that may still come."""
        where = self.place(definition)
        if where is None:
            return
        if definition.ref in self.fired and definition.ref in self.bodies:
            return  # its triggers say what it does, and to which table
        missing: set[str] = set()
        result = self._result(definition, where, missing)
        answer = self.answer(definition, where, result)
        function = self._called_later(definition.ref)
        if function is not None:
            missing.add(function)
        if not answer and function is None:
            return
        if wait and missing:
            self.waiting[definition.ref] = _Waiting(definition, answer, missing)
            for key in missing:
                self.wanted.setdefault((where.namespace, key), set()).add(definition.ref)
            return
        yield from answer

    def _called_later(self, ref: Ref) -> str | None:
        """The name of the function that a trigger calls, where it may still be listed."""
        routine = self.routines.get(ref)
        if routine is None or routine.function is None or routine.function in self.bodies:
            return None
        name = routine.function.name
        return name if self._may_come(routine.function.namespace, name) else None

    def _result(self, definition: Definition, where: _Place, missing: set[str]) -> Result:
        whole = self._with_header(definition, where)
        for one in (definition,) if whole is None else (whole, definition):
            result = lineage(
                one.text,
                dialect=where.dialect,
                schemas=self.schemas(where.namespace, missing),
                session=Session(search_path=one.search_path),
                shown=() if one.ref in self.jobs else self.columns(one.ref) or (),
                limits=self.limits,
            )
            if one is whole and not result.unparsed and any(statement.line > 1 for statement in result.statements):
                return without(result)
        return result  # also of a body whose header could not be read

    def _with_header(self, definition: Definition, where: _Place) -> Definition | None:
        """The definition as it would be written in one; None where it is, or where it needs no more."""
        routine = self.routines.get(definition.ref)
        if routine is None:
            return None
        function = self.bodies.get(routine.function) if routine.function is not None else None
        if function is not None:
            text = of_trigger(routine, function.text)
            return None if text is None else msgspec.structs.replace(function, ref=definition.ref, text=text)
        line = header(routine, definition.text, where.dialect)
        return msgspec.structs.replace(definition, text=line + definition.text) if line else None

    def read_queries(self) -> Iterator[Record]:
        """What the queries that have come tell, those that differ in literals alone read once."""
        batch, self.queries = self.queries, {}
        by_namespace: dict[str, list[Definition]] = {}
        for definition in batch.values():
            by_namespace.setdefault(self.namespace(definition.ref), []).append(definition)
        for namespace, definitions in by_namespace.items():
            asked = [
                Query(one.text, where.dialect, Session(search_path=one.search_path))
                for one in definitions
                if (where := self.place(one)) is not None
            ]
            executor = self.executor() if len(asked) >= FAN_OUT else None
            results = fan.read(asked, self.schemas(namespace, set()), self.limits, executor)
            for definition, result in zip(definitions, results, strict=True):
                yield from self._query(definition, namespace, result)

    def _query(self, definition: Definition, namespace: str, result: Result) -> Iterator[Record]:
        ref = definition.ref
        runs = self.runs.pop(ref, None) or Runs()
        self.reading.add(result, namespace, runs)
        yield from said.of_job(ref, namespace, result, runs.evidence(ref), is_query=True)
        if _unreadable(result):
            yield _skipped(definition, result)

    def answer(self, definition: Definition, where: _Place, result: Result) -> list[Record]:
        """The Lineage or Skipped of a definition; nothing where it moves no data."""
        ref = definition.ref
        kind = self.jobs.get(ref)
        if kind is not None:
            evidence = _EVIDENCE.get(kind, "job SQL")
            found: list[Record] = [*said.of_job(ref, where.namespace, result, evidence, is_query=False)]
            return found or ([_skipped(definition, result)] if _unreadable(result) else [])
        for statement in result.statements:
            if statement.kind in {"select", "create_view", "create_table_as"}:
                if statement.outputs or statement.reads:
                    return [said.of_view(ref, statement, tuple(map(str, result.unparsed)))]
                result = Result(unparsed=(*statement.unknown, *result.unparsed))
                break
        return [_skipped(definition, result)] if result.unparsed else []

    def schemas(self, namespace: str, missing: set[str]) -> Schemas:
        """What is known of tables: this run's records first, then the catalog. Adds keys of tables that may come."""
        rules = self.shapes.rules(namespace)

        def ask(name: TableName) -> Table | None:
            key = naming.join(*name.key(rules))
            found = self.shapes.find(namespace, key)
            if found is None and self._may_come(namespace, key):
                missing.add(key)  # also when it is known: it may have been altered since
            if found is None and self.known is not None:
                spelled = naming.join(*name.spelled(rules))
                columns = self.known(Ref(namespace, spelled))
                found = None if columns is None else (spelled, columns)
            if found is None:
                return None
            return Table(tuple(naming.split(found[0])), found[1] or None)

        return ask


def _unreadable(result: Result) -> bool:
    """Whether nothing of a text could be read, but perhaps for names of tables."""
    return bool(result.unparsed) and all(statement.kind == "other" for statement in result.statements)


def _skipped(definition: Definition, result: Result) -> Skipped:
    reason = "; ".join(map(str, result.unparsed))
    fix = f"is the dialect {definition.dialect!r} right?"
    return Skipped(ref=definition.ref, part="lineage", reason=reason, fix=fix)
