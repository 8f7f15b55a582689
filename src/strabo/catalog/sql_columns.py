"""Which columns a run moved, read out of the SQL that it says it ran: where it names inputs and outputs and no more.

https://openlineage.io/docs/spec/facets/job-facets/sql. The text names tables as its session knew them, the event as
the catalog does: they meet by the ends of their names. What follows hangs on nothing but what this run's events add
up to and on what other feeds know of columns, so that the order of events makes no difference.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from strabo.model import naming
from strabo.model.records import DIRECT, ColumnEdge, Influence, Upstream
from strabo.model.ref import Ref
from strabo.openlineage.deltas import dataset_key
from strabo.openlineage.flows import DECLARED, LISTED, Flow, Flows, current
from strabo.openlineage.read import text, value
from strabo.openlineage.state import Port, RunState
from strabo.sql.dialects import called
from strabo.sql.lineage import lineage
from strabo.sql.names import TableName
from strabo.sql.result import Flow as Moved
from strabo.sql.result import Limits, Result, Statement, Table

ColumnsOf = Callable[[Ref], tuple[str, ...] | None]
"""What feeds other than that of the events know of a dataset's columns."""

# A writer waits meanwhile, so a text may not take long; one that does tells nothing.
_LIMITS = Limits(characters=200_000, seconds=1.0)

_Known = tuple[tuple[str, tuple[str, ...], tuple[str, ...] | None], ...]
"""Of each dataset of a run its key, the steps of its name as they compare, and its columns."""


def columns_of_run(flows: Flows, run: RunState, columns_of: ColumnsOf) -> Flows:
    """The flows, with columns where the run's SQL tells them and none of its other facets does.

    A source whose columns the SQL tells counts for more than one that is only listed, and for less than one whose
    columns the run itself told. Columns are guessed where no schema proves them.
    """
    said = value(run.facets, "sql")
    query = text(said, "query")
    inputs, outputs = current(run)
    if run.entries or query is None or not inputs:
        return flows
    silent = {key for key in outputs if _only_listed(flows.get(bytes.fromhex(key)), inputs)}
    if not silent:
        return flows
    ports = {**outputs, **inputs}
    result = _read(query, _dialect(said.get("dialect"), outputs, inputs), _known(ports, columns_of))
    found: Flows = dict(flows)
    for key, sources in _told(result, inputs, outputs, columns_of).items():
        flow = flows.get(bytes.fromhex(key))
        if key not in silent or flow is None:
            continue
        more = {
            source: (DECLARED, upstream)
            for source, upstream in sources.items()
            if source in flow.sources and source != key
        }
        found[bytes.fromhex(key)] = flow._replace(sources={**flow.sources, **more})
    return found


def _only_listed(flow: Flow | None, inputs: Mapping[str, Port]) -> bool:
    """Whether an output is known to be fed for no better reason than that the run lists inputs."""
    return flow is not None and any(source in inputs and grade == LISTED for source, (grade, _) in flow.sources.items())


def _dialect(said: object, outputs: Mapping[str, Port], inputs: Mapping[str, Port]) -> str:
    """The dialect that the facet names, or that the run's datasets speak; plain SQL where those are several or none."""
    named = [said.strip().lower()] if isinstance(said, str) else []
    spoken = _spoken(outputs) or _spoken(inputs)
    likely: list[str] = [*named, *(sorted(spoken) if len(spoken) == 1 else ())]
    for one in likely:
        if dialect := called(one):
            return dialect
    return "ansi"


def _spoken(ports: Mapping[str, Port]) -> set[str]:
    return {called(naming.platform(port.ref.namespace)) for port in ports.values()} - {""}


def _known(ports: Mapping[str, Port], columns_of: ColumnsOf) -> _Known:
    return tuple((key, _steps(port.ref), _columns(port, columns_of)) for key, port in sorted(ports.items()))


def _columns(port: Port, columns_of: ColumnsOf) -> tuple[str, ...] | None:
    """The columns of a dataset as this run's events list them, or else as another feed does."""
    said = port.facets.get("columns")
    if said is not None and isinstance(said.value, list) and said.value:
        return tuple(map(str, said.value))
    return columns_of(port.ref)


def _steps(ref: Ref) -> tuple[str, ...]:
    folded = Ref(ref.namespace, naming.fold(ref).casefold())
    return tuple(naming.parts(folded))


@lru_cache(maxsize=512)  # the runs of one job, and the events of one run, say the same text
def _read(query: str, dialect: str, known: _Known) -> Result:
    def ask(name: TableName) -> Table | None:
        steps = tuple(part.casefold() for part in name.parts)
        found = [(key, columns) for key, named, columns in known if _ends_alike(steps, named)]
        if len(found) != 1:
            return None
        key, columns = found[0]
        return Table((key,), columns)

    return lineage(query, dialect=dialect, schemas=ask, limits=_LIMITS)


def _ends_alike(said: tuple[str, ...], named: tuple[str, ...]) -> bool:
    """`public.orders` and `orders` mean `shop.public.orders`; and so does `db.shop.public.orders`."""
    size = min(len(said), len(named))
    return bool(size) and said[-size:] == named[-size:]


def _told(
    result: Result, inputs: Mapping[str, Port], outputs: Mapping[str, Port], columns_of: ColumnsOf
) -> dict[str, dict[str, Upstream]]:
    """By the key of each output, what feeds it, by key. A SELECT that goes nowhere feeds the one output there is."""
    found: dict[str, dict[str, Upstream]] = {}
    for statement in result.statements:
        for flow in statement.flows:
            key = _place(flow.into.table, flow.into.location, outputs) if flow.into is not None else None
            if key is not None:
                _add(found.setdefault(key, {}), statement, flow, inputs, None)
    if found or len(outputs) != 1 or any(one.kind not in {"select", "session"} for one in result.statements):
        return found
    selects = [one for one in result.statements if one.kind == "select"]
    if len(selects) == 1:
        ((key, port),) = outputs.items()
        _add(found.setdefault(key, {}), selects[0], selects[0].main, inputs, _columns(port, columns_of) or ())
    return found


def _place(table: tuple[str, ...], location: str, ports: Mapping[str, Port]) -> str | None:
    """The key of what a statement names; None for what the run does not list."""
    if location:
        scheme, found, rest = location.partition("://")
        bucket, _, path = rest.partition("/")
        ref = Ref(f"{scheme}://{bucket}", path or "/") if found else Ref("file", location)
        key = dataset_key(naming.normal(ref)).hex()
    else:
        key = table[0] if len(table) == 1 else ""
    return key if key in ports else None


def _add(
    into: dict[str, Upstream],
    statement: Statement,
    flow: Moved,
    inputs: Mapping[str, Port],
    target: tuple[str, ...] | None,
) -> None:
    """Adds what one statement brings. target: the columns of an output that the text does not name; None if it does."""
    places = {read.table: key for read in statement.reads if (key := _place(read.table, read.location, inputs))}
    spelled = {name.casefold(): name for name in target or ()}
    columns: dict[str, dict[ColumnEdge, None]] = {key: {} for key in places.values()}
    influences: dict[str, dict[Influence, None]] = {key: {} for key in places.values()}
    for edge in flow.edges:
        key = places.get(edge.table)
        if key is None:
            continue
        name = edge.target if target is None else spelled.get(edge.target.casefold(), edge.target)
        how = sys.intern(edge.how)
        if how in DIRECT:
            guessed = edge.guessed or (target is not None and name not in target)
            columns[key][ColumnEdge(source=edge.source, target=name, how=how, guessed=guessed)] = None  # type: ignore[arg-type]
        else:
            influences[key][Influence(source=edge.source, how=how)] = None  # type: ignore[arg-type]
    for decides in flow.influences:
        if (key := places.get(decides.table)) is not None:
            influences[key][Influence(source=decides.source, how=sys.intern(decides.how))] = None  # type: ignore[arg-type]
    for key, edges in columns.items():
        before = into.get(key) or Upstream(ref=inputs[key].ref)
        into[key] = Upstream(
            ref=inputs[key].ref,
            columns=tuple(_sorted({*before.columns, *edges})),
            influences=tuple(sorted({*before.influences, *influences[key]}, key=lambda one: (one.source, one.how))),
        )


def _sorted(edges: set[ColumnEdge]) -> Iterator[ColumnEdge]:
    """In one order, and of an edge that is both proved and guessed only the proved one."""
    proved = {(e.source, e.target, e.how) for e in edges if not e.guessed}
    for edge in sorted(edges, key=lambda one: (one.target, one.source, one.how, one.guessed)):
        if not edge.guessed or (edge.source, edge.target, edge.how) not in proved:
            yield edge
