"""Who is touched, as a list: one line for each object, or each of its columns, and each way it is reached."""

from collections.abc import Iterator

import msgspec

from strabo.graph.model import Edge, Graph, Node
from strabo.model.ref import Ref


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One object (or one column of it), reached over one edge."""

    hop: int  # of the object; negative is upstream, in a graph of both directions
    ref: Ref
    kind: str = ""
    column: str = ""  # empty where no columns are known
    via: Ref | None = None  # the object before it on the way from the root
    via_column: str = ""
    how: str = ""  # how the column comes about; of an edge without columns, how the edge is known
    guessed: bool = False
    job: Ref | None = None
    owners: tuple[str, ...] = ()
    live: bool = True

    def flat(self) -> dict[str, str | int | bool]:
        """Plain values under fixed names, for a table or a CSV file."""
        return {
            "hop": self.hop,
            "namespace": self.ref.namespace,
            "name": self.ref.name,
            "kind": self.kind,
            "column": self.column,
            "via": str(self.via) if self.via else "",
            "via_column": self.via_column,
            "how": self.how,
            "guessed": self.guessed,
            "job": str(self.job) if self.job else "",
            "owners": ", ".join(self.owners),
            "live": self.live,
        }


def impact(graph: Graph) -> list[Row]:
    """The rows of a graph without its root: the nearest first, then by name, column and way.

    Every node has at least one row; every edge that leads to a node has a row for each column link it carries.
    """
    nodes = {node.ref: node for node in graph.nodes}
    rows: dict[Row, None] = {}
    reached = {graph.root}
    for edge in graph.edges:
        for near, far in _ways(graph, nodes, edge):
            if far != graph.root:
                reached.add(far)
                rows.update(dict.fromkeys(_rows(nodes.get(far) or Node(ref=far), near, edge)))
    for ref in nodes.keys() - reached:
        rows[_row(nodes[ref])] = None
    return sorted(rows, key=_order)


def _ways(graph: Graph, nodes: dict[Ref, Node], edge: Edge) -> Iterator[tuple[Ref, Ref]]:
    """The edge as the walk took it: from, to. In a graph of both directions the hops' signs tell."""
    both = graph.direction == "both"
    source, target = nodes.get(edge.source), nodes.get(edge.target)
    if graph.direction == "downstream" or (both and target is not None and target.hop > 0):
        yield edge.source, edge.target
    if graph.direction == "upstream" or (both and source is not None and source.hop < 0):
        yield edge.target, edge.source


def _rows(node: Node, near: Ref, edge: Edge) -> Iterator[Row]:
    if not edge.columns:
        yield _row(node, via=near, how=edge.how, guessed=edge.how == "guessed", job=edge.job)
    for link in edge.columns:
        column, other = (link.target, link.source) if node.ref == edge.target else (link.source, link.target)
        guessed = link.guessed or edge.how == "guessed"
        yield _row(node, column=column, via=near, via_column=other, how=link.how, guessed=guessed, job=edge.job)


def _row(
    node: Node,
    *,
    column: str = "",
    via: Ref | None = None,
    via_column: str = "",
    how: str = "",
    guessed: bool = False,
    job: Ref | None = None,
) -> Row:
    return Row(
        hop=node.hop,
        ref=node.ref,
        kind=node.kind,
        column=column,
        via=via,
        via_column=via_column,
        how=how,
        guessed=guessed,
        job=job,
        owners=node.owners,
        live=node.live,
    )


def _order(row: Row) -> tuple[object, ...]:
    return (
        abs(row.hop),
        row.hop,
        row.ref.name,
        row.ref.namespace,
        row.column,
        str(row.via),
        row.via_column,
        row.how,
        str(row.job),
    )
