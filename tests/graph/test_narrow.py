"""A narrowed graph against a naive reading of what it promises."""

from hypothesis import given
from hypothesis import strategies as st

from strabo.graph.model import Direction, Edge, Graph, Node
from strabo.graph.narrow import narrowed
from strabo.model.ref import Ref

N = 7
REFS = [Ref("x", f"n{i}") for i in range(N)]
pairs = st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, N - 1)), max_size=14, unique=True)


def reached(edges: list[tuple[int, int]], start: int) -> dict[int, int]:
    found, level = {start: 0}, [start]
    while level:
        level = [
            b for a in level for x, b in edges if x == a and b not in found and not found.update({b: found[a] + 1})
        ]
    return found


def graph(edges: list[tuple[int, int]], direction: Direction) -> Graph:
    """What a walk from n0 finds."""
    hops: dict[int, int] = {}
    if direction != "downstream":
        back = [(b, a) for a, b in edges]
        hops |= {n: -h if direction == "both" else h for n, h in reached(back, 0).items()}
    if direction != "upstream":
        hops = reached(edges, 0) | hops
    nodes = tuple(Node(ref=REFS[n], hop=hop, kind="table" if n % 2 else "view") for n, hop in hops.items())
    between = tuple(Edge(source=REFS[a], target=REFS[b]) for a, b in edges if a in hops and b in hops)
    return Graph(root=REFS[0], direction=direction, nodes=nodes, edges=between)


@given(edges=pairs, wanted=st.sets(st.sampled_from(REFS)), direction=st.sampled_from(("upstream", "downstream")))
def test_what_stays_lies_on_a_way_to_what_is_wanted(
    edges: list[tuple[int, int]], wanted: set[Ref], direction: Direction
) -> None:
    whole = graph(edges, direction)
    part = narrowed(whole, lambda node: node.ref in wanted)
    onward = edges if direction == "downstream" else [(b, a) for a, b in edges]
    expected = {REFS[0]} | {
        REFS[n] for n in reached(onward, 0) if any(REFS[m] in wanted for m in reached(onward, n))
    }  # fmt: skip
    assert {node.ref for node in part.nodes} == expected
    assert part.hidden == len(whole.nodes) - len(part.nodes)
    assert set(part.edges) == {e for e in whole.edges if {e.source, e.target} <= expected}


@given(edges=pairs)
def test_to_want_all_changes_nothing(edges: list[tuple[int, int]]) -> None:
    whole = graph(edges, "both")
    assert narrowed(whole, lambda _: True) == whole


def test_the_ways_up_do_not_lead_to_what_is_below() -> None:
    part = narrowed(graph([(1, 0), (2, 1), (0, 3), (2, 3)], "both"), lambda node: node.ref == REFS[3])
    assert [node.ref for node in part.nodes] == [REFS[0], REFS[3]]
