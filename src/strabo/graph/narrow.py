"""A graph narrowed to the ways that lead to certain objects."""

from collections.abc import Callable, Iterable

import msgspec

from strabo.graph.model import Edge, Graph, Node
from strabo.model.ref import Ref


def narrowed(graph: Graph, wanted: Callable[[Node], bool]) -> Graph:
    """What is wanted of a graph, and all that lies on a way between the root and it, so that no way is made up.

    The rest is counted in `hidden`. Takes one pass over the edges in each direction.
    """
    found = [node for node in graph.nodes if wanted(node)]
    up = graph.direction == "upstream"
    above = {node.ref for node in graph.nodes if node.hop < 0 or up or node.ref == graph.root}
    below = {node.ref for node in graph.nodes if (node.hop >= 0 and not up) or node.ref == graph.root}
    kept = {graph.root}
    kept |= _reach((n.ref for n in found), graph.edges, above, onward=lambda e: (e.source, e.target))
    kept |= _reach((n.ref for n in found), graph.edges, below, onward=lambda e: (e.target, e.source))
    return msgspec.structs.replace(
        graph,
        nodes=tuple(node for node in graph.nodes if node.ref in kept),
        edges=tuple(edge for edge in graph.edges if edge.source in kept and edge.target in kept),
        hidden=len(graph.nodes) - sum(node.ref in kept for node in graph.nodes),
    )


def _reach(
    start: Iterable[Ref], edges: Iterable[Edge], within: set[Ref], *, onward: Callable[[Edge], tuple[Ref, Ref]]
) -> set[Ref]:
    ways: dict[Ref, list[Ref]] = {}
    for edge in edges:
        near, far = onward(edge)
        if near in within and far in within:
            ways.setdefault(near, []).append(far)
    seen = {ref for ref in start if ref in within}
    level = list(seen)
    while level:
        level = [far for near in level for far in ways.get(near, ()) if far not in seen]
        seen.update(level)
    return seen
