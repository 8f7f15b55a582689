"""Walks against a naive reading of what they promise."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.errors import UsageError
from strabo.graph import csr as csr_module
from strabo.graph.csr import csr
from strabo.graph.model import WHOLE
from strabo.graph.walk import ColumnSteps, Neighbours, Step, steps, walk, walk_columns

ids = st.integers(0, 9)
graphs = st.lists(st.tuples(ids, ids), max_size=30)
hop_limits = st.one_of(st.none(), st.integers(0, 4))
limits = st.one_of(st.none(), st.integers(0, 8))
COLUMNS = "ab"
column_edges = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.integers(0, 4),
        st.lists(st.tuples(st.sampled_from(COLUMNS), st.sampled_from(COLUMNS)), max_size=2),
        st.lists(st.sampled_from(COLUMNS), max_size=1),
    ),
    max_size=10,
)
ColumnEdges = list[tuple[int, int, list[tuple[str, str]], list[str]]]


def asked(edges: list[tuple[int, int]]) -> Neighbours:
    def neighbours(nodes: list[int]) -> list[tuple[int, int]]:
        assert nodes == sorted(set(nodes))
        return [edge for edge in edges if edge[0] in nodes]

    return neighbours


def far(start: Iterable[object], edges: Iterable[tuple[object, object]], hops: int | None) -> dict[object, int]:
    """Distances, by relaxing every edge until nothing changes."""
    edges = list(edges)
    found: dict[object, int] = dict.fromkeys(start, 0)
    changed = True
    while changed:
        changed = False
        for a, b in edges:
            if a in found and found[a] + 1 < found.get(b, 10**9) and (hops is None or found[a] < hops):
                found[b] = found[a] + 1
                changed = True
    return found


@given(edges=graphs, start=st.lists(ids, max_size=3), hops=hop_limits)
def test_a_walk_finds_what_is_there(edges: list[tuple[int, int]], start: list[int], hops: int | None) -> None:
    found = walk(start, asked(edges), hops=hops)
    assert found.hops == far(start, edges, hops)
    assert found.left_out == 0
    inner = {n for n, hop in found.hops.items() if hops is None or hop < hops}
    assert found.edges == sorted({(a, b) for a, b in edges if a in inner})


@given(edges=graphs, start=st.lists(ids, max_size=3), hops=hop_limits, limit=limits)
def test_a_limit_keeps_the_nearest_and_counts_the_others(
    edges: list[tuple[int, int]], start: list[int], hops: int | None, limit: int | None
) -> None:
    everything = walk(start, asked(edges), hops=hops)
    found = walk(start, asked(edges), hops=hops, limit=limit)
    assert len(found.hops) + found.left_out == len(everything.hops)
    assert list(found.hops.items()) == list(everything.hops.items())[: len(found.hops)]
    reached = len(found.hops) - len(set(start))
    assert reached == min(len(everything.hops) - len(set(start)), 10**9 if limit is None else limit)
    assert found.edges == [(a, b) for a, b in everything.edges if a in found.hops and b in found.hops]


@given(edges=graphs, start=ids)
def test_every_node_kept_can_be_reached_by_edges_kept(edges: list[tuple[int, int]], start: int) -> None:
    found = walk([start], asked(edges), limit=4)
    assert far([start], found.edges, None) == found.hops


@given(edges=graphs)
def test_upstream_is_the_mirror_of_downstream(edges: list[tuple[int, int]]) -> None:
    back = [(b, a) for a, b in edges]
    for one in range(10):
        for other, hop in walk([one], asked(edges)).hops.items():
            assert walk([other], asked(back)).hops[one] == hop


def test_one_question_for_a_level() -> None:
    questions = []

    def neighbours(nodes: list[int]) -> list[tuple[int, int]]:
        questions.append(nodes)
        return [(n, n + 1) for n in nodes if n < 3] + [(n, n + 10) for n in nodes if n < 3]

    assert walk([0], neighbours).hops == {0: 0, 1: 1, 10: 1, 2: 2, 11: 2, 3: 3, 12: 3}
    assert questions == [[0], [1, 10], [2, 11], [3, 12]]


@given(
    edges=graphs,
    start=st.lists(st.integers(-1, 12), max_size=3),
    hops=hop_limits,
    limit=limits,
    reverse=st.booleans(),
    numpy=st.booleans(),
)
def test_arrays_say_what_a_walk_says(
    edges: list[tuple[int, int]], start: list[int], hops: int | None, limit: int | None, reverse: bool, numpy: bool
) -> None:
    graph = csr(iter(edges), reverse=reverse, numpy=numpy)
    turned = [(b, a) for a, b in edges] if reverse else edges
    expected = walk(start, asked(turned), hops=hops, limit=limit)
    found = graph.reach(start, hops=hops, limit=limit)
    assert list(zip(found.nodes, found.hops, strict=True)) == list(expected.hops.items())
    assert found.left_out == expected.left_out
    assert walk(start, graph.neighbours, hops=hops, limit=limit) == expected
    assert list(graph) == sorted(set(turned))
    assert graph.edges == len(set(edges))


def test_large_graphs_use_numpy_if_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csr_module, "WORTH_NUMPY", 2)
    edges = [(0, 1), (1, 2), (2, 0)]
    assert csr(edges)._numpy is not None
    assert csr(edges, numpy=False)._numpy is None
    monkeypatch.setattr(csr_module, "_numpy", lambda: None)
    assert list(csr(edges).reach([0]).nodes) == [0, 1, 2]
    with pytest.raises(UsageError, match=r"strabo\[fast\]"):
        csr(edges, numpy=True)


def test_ids_are_never_negative() -> None:
    with pytest.raises(UsageError, match="negative"):
        csr([(0, -1)])


@given(edges=graphs)
def test_ids_too_large_for_one_number_an_edge(edges: list[tuple[int, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csr_module, "LARGEST_SINGLE", 0)
        assert list(csr(edges, numpy=True)) == sorted(set(edges))


# --- columns


def steps_of(edges: ColumnEdges, *, upstream: bool) -> ColumnSteps:
    def column_steps(nodes: list[int]) -> list[Step]:
        return [
            step
            for source, target, columns, influences in edges
            if (target if upstream else source) in nodes
            for step in steps(source, target, columns, influences, upstream=upstream)
        ]

    return column_steps


def plain_edges(edges: ColumnEdges, *, indirect: bool) -> list[tuple[object, object]]:
    """Downstream, column by column, WHOLE among them."""
    found: list[tuple[object, object]] = []
    for source, target, columns, influences in edges:
        for a, b in columns:
            found += [((source, a), (target, b)), ((source, WHOLE), (target, b))]
        for a in influences if indirect else ():
            found += [((source, a), (target, WHOLE)), ((source, WHOLE), (target, WHOLE))]
    return found


@given(
    edges=column_edges, column=st.sampled_from([*COLUMNS, WHOLE]), hops=hop_limits, limit=limits, indirect=st.booleans()
)
def test_a_column_walk_finds_what_is_there(
    edges: ColumnEdges, column: str, hops: int | None, limit: int | None, indirect: bool
) -> None:
    find = steps_of(edges, upstream=False)
    expected = far([(0, column)], plain_edges(edges, indirect=indirect), hops)
    everything = walk_columns([(0, column)], find, hops=hops, indirect=indirect)
    assert everything.hops == expected
    assert {(e.start, e.end) for e in everything.edges} == {
        (a, b)
        for a, b in plain_edges(edges, indirect=indirect)
        if a in expected and (hops is None or expected[a] < hops)
    }
    found = walk_columns([(0, column)], find, hops=hops, limit=limit, indirect=indirect)
    assert len(found.hops) + found.left_out == len(expected)
    assert list(found.hops.items()) == list(everything.hops.items())[: len(found.hops)]
    assert found.edges == [e for e in everything.edges if e.start in found.hops and e.end in found.hops]


@given(edges=column_edges, indirect=st.booleans())
def test_columns_upstream_mirror_columns_downstream(edges: ColumnEdges, indirect: bool) -> None:
    """Column b depends on a, if a reaches b, or the whole of b's dataset."""
    every = [(node, column) for node in range(5) for column in COLUMNS]
    down = {
        (one, other): hop
        for one in every
        for reached, hop in walk_columns([one], steps_of(edges, upstream=False), indirect=indirect).hops.items()
        for other in (every if reached[1] == WHOLE else [reached])
        if reached[1] != WHOLE or other[0] == reached[0]
    }
    up = {
        (other, one)
        for one in every
        for other in walk_columns([one], steps_of(edges, upstream=True), indirect=indirect).hops
    }
    assert set(down) == up


def test_a_filter_counts_only_when_asked() -> None:
    edges: ColumnEdges = [(1, 2, [("amount", "total")], ["status"]), (2, 3, [("total", "sum")], [])]
    find = steps_of(edges, upstream=False)
    assert walk_columns([(1, "status")], find).hops == {(1, "status"): 0}
    assert walk_columns([(1, "status")], find, indirect=True).hops == {(1, "status"): 0, (2, WHOLE): 1, (3, "sum"): 2}
    up = steps_of(edges, upstream=True)
    assert set(walk_columns([(3, "sum")], up, indirect=True).hops) == {
        (3, "sum"), (2, "total"), (1, "amount"), (1, "status"),
    }  # fmt: skip


def test_where_the_trail_is_lost() -> None:
    edges: ColumnEdges = [(1, 2, [], []), (1, 3, [("a", "b")], []), (4, 5, [], [])]
    found = walk_columns([(1, "a")], steps_of(edges, upstream=False))
    assert found.lost == [(1, 2)]
    assert walk_columns([(2, "x")], steps_of(edges, upstream=True)).lost == [(2, 1)]


def test_a_node_is_asked_about_once() -> None:
    questions: list[int] = []

    def column_steps(nodes: list[int]) -> list[Step]:
        questions.extend(nodes)
        return [Step(1, 2, "a", "b"), Step(1, 2, "c", "d")] if nodes == [1] else [Step(2, 1, "b", "c")]

    found = walk_columns([(1, "a")], column_steps)
    assert found.hops == {(1, "a"): 0, (2, "b"): 1, (1, "c"): 2, (2, "d"): 3}
    assert questions == [1, 2]


def through(edges: ColumnEdges, *, kept: bool = False) -> ColumnSteps:
    def column_steps(nodes: list[int]) -> list[Step]:
        found: list[Step] = []
        for source, target, columns, influences in edges:
            if source in nodes:
                found += steps(source, target, columns, influences, upstream=False, kept=columns if kept else ())
        return found

    return column_steps


def test_a_column_goes_where_its_fields_go() -> None:
    edges: ColumnEdges = [(1, 2, [("page.path", "path"), ("page.title.short", "title"), ("pager", "no")], [])]
    assert list(walk_columns([(1, "page")], through(edges)).hops) == [(1, "page"), (2, "path"), (2, "title")]
    assert list(walk_columns([(1, "page.title")], through(edges)).hops) == [(1, "page.title"), (2, "title")]
    assert list(walk_columns([(1, "page.path")], through(edges)).hops) == [(1, "page.path"), (2, "path")]


def test_a_field_stays_itself_in_a_copy_of_its_column() -> None:
    edges: ColumnEdges = [(1, 2, [("page", "p")], []), (2, 3, [("p.path", "x"), ("p.title", "y")], [])]
    assert list(walk_columns([(1, "page.path")], through(edges, kept=True)).hops) == [
        (1, "page.path"), (2, "p.path"), (3, "x"),
    ]  # fmt: skip
    made_anew = walk_columns([(1, "page.path")], through(edges)).hops
    assert list(made_anew) == [(1, "page.path"), (2, "p"), (3, "x"), (3, "y")]


def test_a_field_taken_out_of_itself_for_ever_ends() -> None:
    edges: ColumnEdges = [(1, 1, [("a", "a.b")], [])]
    assert len(walk_columns([(1, "a.c")], through(edges, kept=True)).hops) < 100
