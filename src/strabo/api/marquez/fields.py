"""Column lineage as Marquez' pages draw it: every column a node."""

from collections.abc import Iterable

from strabo.api.marquez.answers import Json
from strabo.api.marquez.cards import Card, cards
from strabo.api.marquez.ids import Meant, field_id, version_id
from strabo.api.marquez.versions import Versions
from strabo.catalog import spelling
from strabo.catalog.lineage import Surroundings
from strabo.errors import NotFound
from strabo.graph.model import WHOLE
from strabo.graph.walk import ColumnNode, walk_columns
from strabo.model.records import Column
from strabo.store.protocol import Reader

_MOST = 5000  # columns of one side
_Pair = tuple[ColumnNode, ColumnNode]


def column_lineage(reader: Reader, asked: Meant, depth: int, *, downstream: bool) -> Json:
    """The columns that make those asked for, within `depth` steps; and with `downstream` those that they make.

    Columns that only decide about rows (filters, joins) are left out, as they are in Marquez. Raises NotFound for a
    version that there is not.
    """
    at = _transaction(reader, asked)
    around = Surroundings(reader, at=at)
    roots = _written(reader, asked.node, at) if asked.kind == "job" else [around.head(asked.node)]
    edges: dict[_Pair, None] = {}
    reached: dict[ColumnNode, None] = {}
    left_out = 0
    for up in (True, False) if downstream else (True,):
        start = _start(around, roots, asked.field, upstream=up)
        found = walk_columns(
            start,
            lambda nodes, up=up: around.column_steps(nodes, upstream=up),  # type: ignore[misc]
            hops=depth,
            limit=_MOST,
        )
        left_out += found.left_out
        for edge in found.edges:
            if WHOLE not in {edge.start[1], edge.end[1]}:
                edges[(edge.end, edge.start) if up else (edge.start, edge.end)] = None
    reached |= dict.fromkeys(end for pair in edges for end in pair)
    if asked.field is not None:
        reached |= {(root, asked.field): None for root in roots}
    shown = cards(reader, {node for node, _ in reached}, at=at)
    graph = _nodes(shown, reached, edges, suffix=asked.version is not None)
    return {"graph": graph, "complete": left_out == 0, "leftOut": left_out}


def _transaction(reader: Reader, asked: Meant) -> int | None:
    """The last transaction in which the version asked for was the one; None for now."""
    if asked.version is None:
        return None
    version = Versions(reader, [asked.node]).named(asked.node, asked.version)
    if version is None:
        raise NotFound(f"there is no version {asked.version}", fix="GET …/versions lists those that there are")
    return None if version.last_tx is None else version.last_tx - 1


def _written(reader: Reader, job: int, at: int | None) -> list[int]:
    found = {e.target for e in reader.edges([job], upstream=False, at=at) if job in {e.via, e.source}} - {job}
    return sorted({node.same or node.id for node in reader.nodes(found).values()})


def _start(around: Surroundings, roots: list[int], field: str | None, *, upstream: bool) -> list[ColumnNode]:
    """The columns to walk from: the one asked for, else all that have lineage in this direction."""
    if field is not None:
        return [(root, field) for root in roots]
    steps = around.column_steps(roots, upstream=upstream) if roots else []
    columns = dict.fromkeys((s.start, s.from_column) for s in steps if s.direct and s.from_column not in {None, WHOLE})
    return [(node, column) for node, column in columns if column is not None]


def _nodes(
    shown: dict[int, Card],
    reached: Iterable[ColumnNode],
    edges: Iterable[_Pair],
    *,
    suffix: bool,
) -> list[Json]:
    version = {
        node: version_id(card.ref, card.entity.fact) if card.entity is not None else None
        for node, card in shown.items()
    }

    def spelled(place: ColumnNode) -> str:
        end = f"#{version[place[0]]}" if suffix and version[place[0]] else ""
        return field_id(shown[place[0]].ref, place[1]) + end

    inputs: dict[ColumnNode, list[ColumnNode]] = {}
    outputs: dict[ColumnNode, list[ColumnNode]] = {}
    for source, target in edges:
        inputs.setdefault(target, []).append(source)
        outputs.setdefault(source, []).append(target)
    hows = {node: _hows(card) for node, card in shown.items()}

    def how(source: ColumnNode, target: ColumnNode) -> str | None:
        card = shown[source[0]]
        said = hows[target[0]]
        keys = ((spelling.key(ref), source[1], target[1]) for ref in (card.ref, *card.aliases))
        found = next((said[key] for key in keys if key in said), None)
        return found.upper() if found else None

    made = []
    for place in reached:
        card = shown[place[0]]
        # An edge that enters points at where it comes from: so Marquez writes it, and so its pages follow it.
        made.append(
            {
                "id": spelled(place),
                "type": "DATASET_FIELD",
                "data": {
                    "namespace": card.ref.namespace,
                    "dataset": card.ref.name,
                    "datasetVersion": version[place[0]],
                    "field": place[1],
                    "fieldType": _type(card.dataset.columns, place[1]),
                    "transformationDescription": _expression(card, place[1]),
                    "transformationType": None,
                    "inputFields": [
                        {
                            "namespace": shown[source[0]].ref.namespace,
                            "dataset": shown[source[0]].ref.name,
                            "datasetVersion": version[source[0]],
                            "field": source[1],
                            "transformationDescription": _expression(card, place[1]),
                            "transformationType": how(source, place),
                        }
                        for source in inputs.get(place, ())
                    ],
                },
                "inEdges": [{"origin": spelled(place), "destination": spelled(s)} for s in inputs.get(place, ())],
                "outEdges": [{"origin": spelled(place), "destination": spelled(t)} for t in outputs.get(place, ())],
            }
        )
    return sorted(made, key=lambda n: n["id"])


def _type(columns: Iterable[Column], name: str) -> str | None:
    first, _, rest = name.partition(".")
    for column in columns:
        if column.name == name:
            return column.type or None
        if rest and column.name == first:
            return _type(column.fields, rest)
    return None


_Way = tuple[tuple[str, str], str, str]  # a dataset as its name compares, its column, the column that it makes


def _hows(card: Card) -> dict[_Way, str]:
    """How each column of a dataset is made of each that makes it."""
    found: dict[_Way, str] = {}
    for lineage in card.lineages:
        for up in lineage.upstreams:
            for edge in up.columns:
                found.setdefault((spelling.key(up.ref), edge.source, edge.target), edge.how)
    return found


def _expression(card: Card, column: str) -> str | None:
    return next((e for said in card.lineages if (e := said.expressions.get(column))), None)
