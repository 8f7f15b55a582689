"""What the SQL room found, as Lineage records: of a view, and of a job that moves data to any number of places."""

from collections.abc import Iterable, Sequence

import msgspec

from strabo.model import naming
from strabo.model.records import ColumnEdge, Influence, Lineage, Upstream
from strabo.model.ref import Ref
from strabo.sql.collapse import collapsed
from strabo.sql.result import Flow, Read, Result, Statement, Target

_LONGEST_EXPRESSION = 4_000  # characters; a longer one is cut: nobody reads it, and history keeps it for ever
_MOST_UNKNOWN = 50

# What is done to a table without any data coming into it.
_MOVES_NOTHING = frozenset({"drop", "truncate", "alter", "rename", "swap"})


def of_view(ref: Ref, statement: Statement, unparsed: tuple[str, ...]) -> Lineage:
    """The lineage of the dataset that a query makes."""
    into = _Into(ref.namespace)
    into.add(statement.main, statement.reads)
    unknown = [*map(str, statement.unknown), *unparsed]
    if ref in into.found:
        unknown.append("the view reads itself")
    return Lineage(
        ref=ref,
        upstreams=into.upstreams(without=ref),
        how="parsed",
        evidence="view definition",
        expressions=into.expressions,
        unknown=_some(unknown),
    )


def of_job(job: Ref, namespace: str, result: Result, evidence: str, *, is_query: bool) -> list[Lineage]:
    """A Lineage for each dataset that a job's SQL writes; and one of the job itself, for what it only reads.

    namespace: of the tables. Temporary tables are nobody's, and are looked through. A query of a log that brings rows
    of its own, or only reads, moves nothing from one table to another, and has none.
    """
    targets: dict[Ref, _Into] = {}
    reads: dict[Ref, _Into] = {}
    unknown: dict[Ref, dict[str, None]] = {}
    for statement in collapsed(result).statements:
        brought = [f for f in statement.flows if f.into is not None and f.into.way not in _MOVES_NOTHING]
        written = [flow for flow in brought if flow.into is not None and not flow.into.temporary]
        for flow in written:
            target = place(namespace, flow.into) if flow.into is not None else None
            if target is None:
                continue
            into = targets.setdefault(target, _Into(namespace))
            into.add(flow, statement.reads if len(brought) == 1 else _of(flow, statement.reads))
            unknown.setdefault(target, {}).update(dict.fromkeys(map(str, statement.unknown)))
    for statement in result.statements:
        # Also what is put aside: into a temporary table that is not read again, it was read for that.
        if not any(f.into and f.into.way not in _MOVES_NOTHING and not f.into.temporary for f in statement.flows):
            alone = reads.setdefault(job, _Into(namespace))
            alone.add(msgspec.structs.replace(statement.main, outputs=(), edges=(), influences=()), statement.reads)
    unparsed = [str(one) for one in result.unparsed]
    found = [
        Lineage(
            ref=target,
            upstreams=upstreams,
            job=job,
            how="parsed",
            evidence=evidence,
            expressions=into.expressions,
            unknown=_some([*unknown[target], *unparsed]),
        )
        for target, into in targets.items()
        if (upstreams := into.upstreams(without=target) or (() if is_query else (Upstream(ref=job),)))
    ]
    moved = {upstream.ref for one in found for upstream in one.upstreams} | {one.ref for one in found}
    only_read = [u for u in reads[job].upstreams(without=job) if u.ref not in moved] if job in reads else []
    if only_read and not is_query:
        found.append(Lineage(ref=job, upstreams=tuple(only_read), how="parsed", evidence=evidence))
    return found


def place(namespace: str, one: Read | Target) -> Ref | None:
    """What a statement reads or writes, as the catalog calls it; None for a stage or a file that no name tells."""
    if not one.location:
        return Ref(namespace, naming.join(*one.table))
    scheme, found, rest = one.location.partition("://")
    if found:
        bucket, _, path = rest.partition("/")
        return naming.normal(Ref(f"{scheme}://{bucket}", path or "/"))
    return naming.normal(Ref("file", one.location)) if one.location.startswith("/") else None


class _Into:
    """What comes into one place, statement by statement."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self.found: dict[Ref, tuple[dict[ColumnEdge, None], dict[Influence, None], bool]] = {}
        self.expressions: dict[str, str] = {}

    def add(self, flow: Flow, reads: Iterable[Read]) -> None:
        known: dict[tuple[str, ...], Ref] = {}
        for read in reads:
            ref = None if read.temporary else place(self._namespace, read)
            if ref is None:
                continue
            known[read.table] = ref
            edges, influences, guessed = self.found.get(ref, ({}, {}, True))
            self.found[ref] = (edges, influences, guessed and read.guessed)
        for edge in flow.edges:
            if edge.table in known:
                source = _field(edge.source, edge.field)
                made = ColumnEdge(source=source, target=edge.target, how=edge.how, guessed=edge.guessed)
                self.found[known[edge.table]][0][made] = None
        for decides in flow.influences:
            if decides.table in known:
                source = _field(decides.source, decides.field)
                self.found[known[decides.table]][1][Influence(source=source, how=decides.how)] = None
        self.expressions |= {o.name: _cut(o.expression) for o in flow.outputs if o.expression}

    def upstreams(self, *, without: Ref) -> tuple[Upstream, ...]:
        return tuple(
            Upstream(ref=ref, columns=tuple(edges), influences=tuple(influences), guessed=guessed)
            for ref, (edges, influences, guessed) in self.found.items()
            if ref != without
        )


def _of(flow: Flow, reads: Sequence[Read]) -> list[Read]:
    """Of a statement that writes several tables, what it reads for one of them."""
    tables = {edge.table for edge in flow.edges} | {decides.table for decides in flow.influences}
    return [read for read in reads if read.table in tables] or list(reads)


def _some(unknown: Sequence[str]) -> tuple[str, ...]:
    if len(unknown) > _MOST_UNKNOWN:
        return (*unknown[:_MOST_UNKNOWN], f"and {len(unknown) - _MOST_UNKNOWN} more")
    return tuple(unknown)


def _field(column: str, field: str) -> str:
    return f"{column}.{field}" if field else column


def _cut(expression: str) -> str:
    return expression if len(expression) <= _LONGEST_EXPRESSION else expression[: _LONGEST_EXPRESSION - 1] + "…"
