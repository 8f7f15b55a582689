"""What a text of SQL says, as a table for people, as plain values, as a drawing, as OpenLineage facets."""

from collections.abc import Callable, Iterator
from typing import Any

from strabo.cli.table import table
from strabo.cli.text import clean, line
from strabo.graph import text
from strabo.graph.model import Edge as Arrow
from strabo.graph.model import Graph, Link, Node
from strabo.model import naming
from strabo.model.records import DIRECT
from strabo.model.ref import Ref
from strabo.sql.names import Parts
from strabo.sql.result import Flow, Read, Result, Statement, Target

PRODUCER = "urn:strabo:sql"
FACET = "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet"
ANSWER = "(result)"
"""What rows that are put nowhere, as those of SELECT, are called in a drawing."""

RefOf = Callable[[Parts], Ref]


def called(parts: Parts) -> str:
    """A table's name as people write it."""
    return parts[0] if len(parts) == 1 else naming.join(*parts)


# --- for people


def lines(result: Result, *, most: int | None, bold: Callable[[str], str]) -> Iterator[str]:
    """A heading for each statement, below it its columns, what decides its rows, and what is not known."""
    for number, statement in enumerate(result.statements):
        if number:
            yield ""
        yield from _statement(statement, most, bold)
    for unknown in result.unparsed:
        yield f"{clean(str(unknown))}  (not read)"


def _statement(statement: Statement, most: int | None, bold: Callable[[str], str]) -> Iterator[str]:
    where = f"{statement.line}:{statement.column}  " if statement.line else ""
    into = ", ".join(dict.fromkeys(called(target.table) for target in statement.writes))
    words = statement.kind.replace("_", " ")
    yield bold(f"{where}{words}{' ' + clean(into) if into else ''}")
    if statement.reads:
        said = [clean(called(read.table)) + _marks(read) for read in statement.reads]
        yield f"  reads {', '.join(said)}"
    several = len(statement.flows) > 1
    for flow in statement.flows:
        if several and flow.into is not None:
            yield f"  into {clean(called(flow.into.table))}{_marks(flow.into)} ({flow.into.way})"
        yield from (f"  {row}" for row in _columns(flow, most))
        if flow.influences:
            said = [f"{clean(called(d.table))}.{clean(_field(d.source, d.field))} ({d.how})" for d in flow.influences]
            yield f"  rows hang on {', '.join(said)}"
    for unknown in statement.unknown:
        yield f"  unknown: {line(str(unknown))}"


def _columns(flow: Flow, most: int | None) -> list[str]:
    made = {output.name: output.expression for output in flow.outputs}
    rows: list[tuple[str, ...]] = []
    told: set[str] = set()
    for edge in sorted(flow.edges, key=lambda e: list(made).index(e.target) if e.target in made else len(made)):
        again = edge.target in told
        told.add(edge.target)
        rows.append((
            "" if again else edge.target,
            f"{called(edge.table)}.{_field(edge.source, edge.field)}",
            edge.how.replace("_", " "),
            "guessed" if edge.guessed else "",
            "" if again else " ".join(made.get(edge.target, "").split()),
        ))  # fmt: skip
    rows += [(name, "", "", "", " ".join(text.split())) for name, text in made.items() if name not in told]
    return table(("column", "from", "how", "sure", "expression"), rows, most=most and most - 2) if rows else []


def _marks(one: Read | Target) -> str:
    marks = [word for word, so in (("guessed", one.guessed), ("temporary", one.temporary)) if so]
    return f" ({', '.join(marks)})" if marks else ""


def _field(column: str, field: str) -> str:
    return f"{column}.{field}" if field else column


# --- for programs


def as_dict(result: Result) -> dict[str, Any]:
    """The result in values that any JSON encoder takes; names of tables are dotted, what is empty is left out."""
    return {
        "statements": [_as_dict(statement) for statement in result.statements],
        "unparsed": [_full(reason=u.reason, line=u.line, column=u.column) for u in result.unparsed],
    }


def _as_dict(statement: Statement) -> dict[str, Any]:
    return _full(
        kind=statement.kind,
        line=statement.line,
        column=statement.column,
        reads=[_place(read) for read in statement.reads],
        flows=[_flow(flow) for flow in statement.flows],
        unknown=[_full(reason=u.reason, line=u.line, column=u.column) for u in statement.unknown],
    )


def _flow(flow: Flow) -> dict[str, Any]:
    return _full(
        into=_place(flow.into) | {"way": flow.into.way} if flow.into else None,
        outputs=[_full(name=o.name, expression=o.expression) for o in flow.outputs],
        columns=[
            _full(table=called(e.table), source=e.source, field=e.field, target=e.target, how=e.how, guessed=e.guessed)
            for e in flow.edges
        ],
        influences=[_full(table=called(d.table), source=d.source, field=d.field, how=d.how) for d in flow.influences],
    )


def _place(one: Read | Target) -> dict[str, Any]:
    return _full(table=called(one.table), guessed=one.guessed, temporary=one.temporary, location=one.location)


def _full(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", (), [], False, 0)}


# --- as a drawing


def mermaid(result: Result) -> str:
    """Which columns of which tables make which, as a flowchart."""
    arrows: dict[tuple[Ref, Ref], dict[Link, None]] = {}
    seen: dict[Ref, None] = {}
    for statement in result.statements:
        for flow in statement.flows:
            target = _ref(flow.into.table) if flow.into is not None else _ref((ANSWER,))
            seen[target] = None
            for read in statement.reads:
                source = _ref(read.table)
                links = arrows.setdefault((source, target), {})
                links.update(
                    (Link(e.source, e.target, e.how, e.guessed), None) for e in flow.edges if e.table == read.table
                )
        seen.update((_ref(read.table), None) for read in statement.reads)
    if not seen:
        return "flowchart LR\n"
    graph = Graph(
        root=next(iter(seen)),
        direction="both",
        nodes=tuple(Node(ref=ref) for ref in seen),
        edges=tuple(
            Arrow(source=source, target=target, columns=tuple(links))
            for (source, target), links in arrows.items()
            if source != target
        ),
    )
    return text.mermaid(graph, columns=True)


def _ref(parts: Parts) -> Ref:
    return Ref("sql", called(parts))


# --- as OpenLineage says it


def openlineage(result: Result, ref_of: RefOf) -> dict[str, Any]:
    """The inputs and outputs of an event, the outputs with their columnLineage facet.

    https://openlineage.io/docs/spec/facets/dataset-facets/column_lineage_facet. Temporary tables are none of them.
    """
    inputs: dict[Ref, None] = {}
    outputs: dict[Ref, tuple[dict[str, dict[str, Any]], dict[str, Any]]] = {}
    for statement in result.statements:
        inputs.update((_place_of(read, ref_of), None) for read in statement.reads if not read.temporary)
        known = {read.table: _place_of(read, ref_of) for read in statement.reads}
        for flow in statement.flows:
            if flow.into is None or flow.into.temporary:
                continue
            fields, whole = outputs.setdefault(_place_of(flow.into, ref_of), ({}, {}))
            for edge in flow.edges:
                source = known.get(edge.table) or ref_of(edge.table)
                _input(fields.setdefault(edge.target, {}), source, edge.source, edge.how)
            for decides in flow.influences:
                source = known.get(decides.table) or ref_of(decides.table)
                _input(whole, source, decides.source, decides.how)
    return {
        "inputs": [{"namespace": ref.namespace, "name": ref.name} for ref in inputs],
        "outputs": [
            {"namespace": ref.namespace, "name": ref.name, "facets": {"columnLineage": _facet(fields, whole)}}
            for ref, (fields, whole) in outputs.items()
        ],
    }


def _place_of(one: Read | Target, ref_of: RefOf) -> Ref:
    if not one.location:
        return ref_of(one.table)
    scheme, found, rest = one.location.partition("://")
    if not found:
        return Ref("file", one.location)
    bucket, _, path = rest.partition("/")
    return naming.normal(Ref(f"{scheme}://{bucket}", path or "/"))


def _input(inputs: dict[str, Any], source: Ref, column: str, how: str) -> None:
    one = inputs.setdefault(
        f"{source}\x1f{column}",
        {"namespace": source.namespace, "name": source.name, "field": column, "transformations": []},
    )
    said = {"type": "DIRECT" if how in DIRECT else "INDIRECT", "subtype": how.upper()}
    if said not in one["transformations"]:
        one["transformations"].append(said)


def _facet(fields: dict[str, dict[str, Any]], whole: dict[str, Any]) -> dict[str, Any]:
    facet: dict[str, Any] = {
        "_producer": PRODUCER,
        "_schemaURL": FACET,
        "fields": {name: {"inputFields": list(inputs.values())} for name, inputs in fields.items()},
    }
    if whole:
        facet["dataset"] = list(whole.values())
    return facet
