"""Graphs as text, with names that would like to be more than text."""

import json
import re
import unicodedata
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.graph.impact import impact
from strabo.graph.model import Edge, Graph, Link, Node
from strabo.graph.text import as_dict, dot, mermaid, tree, visible
from strabo.model.ref import Ref

NS = "postgres://db:5432"
HOSTILE = [
    'a"] --> evil["', "a\nb", "a\\", 'a"', "a`b`", "<img src=x onerror=alert(1)>", "%%{init: {}}%%", "a;b", "#quot;",
    "a|b", "\x1b[31m", "\u202egnp.exe", "end", "数据", "🚀", "", " ", "&quot;", "\\N", "click n0 href", "\ud800", "A",
    "a", "\u2028",
]  # fmt: skip
names = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12))


def ref(name: str, namespace: str = NS) -> Ref:
    return Ref(namespace, name)


def graph_of(edges: list[tuple[str, str]], root: str, **more: object) -> Graph:
    found = [ref(name) for name in dict.fromkeys([root, *(end for edge in edges for end in edge)])]
    return Graph(
        root=ref(root),
        nodes=tuple(Node(ref=r, kind="table") for r in found),
        edges=tuple(Edge(source=ref(a), target=ref(b)) for a, b in edges),
        **{"direction": "downstream", **more},  # type: ignore[arg-type]
    )


def test_a_tree() -> None:
    graph = Graph(
        root=ref("orders"),
        direction="downstream",
        nodes=(
            Node(ref=ref("orders"), kind="table"),
            Node(ref=ref("daily"), kind="view", hop=1),
            Node(ref=ref("weekly"), kind="view", hop=1, live=False),
            Node(ref=ref("report", "tableau://x"), hop=2, live=False),
        ),
        edges=(
            Edge(source=ref("orders"), target=ref("weekly"), how="guessed"),
            Edge(
                source=ref("orders"),
                target=ref("daily"),
                columns=(Link("amount", "total", "aggregation"), Link("id", "id")),
            ),
            Edge(source=ref("daily"), target=ref("report", "tableau://x"), columns=(Link("total", "*", "filter"),)),
            Edge(source=ref("weekly"), target=ref("report", "tableau://x")),
            Edge(source=ref("report", "tableau://x"), target=ref("orders")),
        ),
        complete=False,
        left_out=1234,
    )
    assert tree(graph, columns=True) == (
        "orders (table)\n"
        "├─ daily (view)\n"
        "│  │    id ← id\n"
        "│  │    total ← amount (aggregation)\n"
        "│  └─ tableau://x/report (not in the catalog)\n"
        "│     │    * ← total (filter)\n"
        "│     └─ orders (table)  ↺ shown above\n"
        "└─ weekly (view, gone)  guessed\n"
        "   └─ tableau://x/report (not in the catalog)  ↺ shown above\n"
        "… 1,234 more left out\n"
    )


def test_a_tree_of_both_directions() -> None:
    graph = graph_of([("a", "b"), ("b", "c"), ("x", "b")], "b", direction="both")
    assert tree(graph) == ("b (table)\nupstream:\n├─ a (table)\n└─ x (table)\ndownstream:\n└─ c (table)\n")


def test_upstream_goes_against_the_arrows() -> None:
    assert (
        tree(graph_of([("a", "b"), ("b", "c")], "c", direction="upstream"))
        == "c (table)\n└─ b (table)\n   └─ a (table)\n"
    )


def test_what_no_edge_reaches_is_shown_too() -> None:
    graph = Graph(root=ref("a"), direction="downstream", nodes=(Node(ref=ref("a")), Node(ref=ref("b"))), complete=False)
    assert tree(graph) == "a\nnot connected:\n  b\n… and more\n"


def test_ten_thousand_deep() -> None:
    graph = graph_of([(f"t{i:05}", f"t{i + 1:05}") for i in range(3_000)], "t00000")
    assert tree(graph).count("\n") == 3_001


edge_lists = st.lists(st.tuples(names, names), max_size=8)


@given(edges=edge_lists, root=names, direction=st.sampled_from(["downstream", "upstream"]))
def test_a_tree_spells_each_object_out_once(edges: list[tuple[str, str]], root: str, direction: str) -> None:
    text = tree(graph_of(edges, root, direction=direction))
    lines = text.splitlines()
    spelled = [line for line in lines if "(table)" in line and "↺" not in line]
    assert len(spelled) == len({root, *(end for edge in edges for end in edge)}) or "↺" in "".join(
        [root, *sum(edges, ())]
    )
    assert not any(unicodedata.category(c) in {"Cc", "Zl", "Zp"} for line in lines for c in line)


@given(edges=edge_lists, root=names)
def test_the_order_of_edges_and_nodes_does_not_matter(edges: list[tuple[str, str]], root: str) -> None:
    graph = graph_of(edges, root)
    other = msgspec.structs.replace(graph, nodes=graph.nodes[::-1], edges=graph.edges[::-1])
    for render in (tree, mermaid, dot):
        assert render(graph) == render(other)


@pytest.mark.parametrize("name", ["\x1b[31m", "a\nb", "\u202eb", "\u2028", "\u200b", "\x7f"])
def test_what_is_not_seen_is_shown(name: str) -> None:
    assert visible(name).isprintable()
    assert "\\" in visible(name)
    assert visible("👩\u200d🚀 naïve") == "👩\u200d🚀 naïve"


# Small parsers that know nothing of how the text was made.
MERMAID_NODE = re.compile(r'  (n\d+|more)\["([^"\[\]{}<>`|\\%;&]*(?:#\d+;[^"\[\]{}<>`|\\%;&]*)*)"\]')
MERMAID_EDGE = re.compile(r'  n(\d+) (?:-->|-\.->)(?:\|"((?:[^"\[\]{}<>`|\\%;&#]|#\d+;)*)"\|)? n(\d+)')
DOT_TEXT = r'"((?:[^"\\\n]|\\\\|\\")*)"'
DOT_NODE = re.compile(rf"  n(\d+) \[label={DOT_TEXT}(?:, penwidth=3)?\];")
DOT_EDGE = re.compile(rf"  n(\d+) -> n(\d+)(?: \[label={DOT_TEXT}\])?;")


def read_mermaid(text: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    def plain(label: str) -> str:
        return re.sub(r"#(\d+);", lambda m: chr(int(m[1])), label)

    head, *lines = text.removesuffix("\n").split("\n")
    assert head == "flowchart LR"
    assert re.fullmatch(r"  style n\d+ stroke-width:3px", lines.pop())
    found, arrows = {}, []
    for line in lines:
        if node := MERMAID_NODE.fullmatch(line):
            found[node[1].removeprefix("n")] = plain(node[2])
        else:
            edge = MERMAID_EDGE.fullmatch(line)
            assert edge, line
            arrows.append((edge[1], edge[3], plain(edge[2] or "")))
    return found, arrows


def read_dot(text: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    def plain(label: str) -> str:
        return re.sub(r"\\(.)", r"\1", label).replace("&amp;", "&")

    lines = text.removesuffix("\n").split("\n")
    assert lines[:3] == ["digraph lineage {", "  rankdir=LR;", "  node [shape=box];"]
    assert lines[-1] == "}"
    found, arrows = {}, []
    for line in lines[3:-1]:
        if node := DOT_NODE.fullmatch(line):
            found[node[1]] = plain(node[2])
        else:
            edge = DOT_EDGE.fullmatch(line)
            assert edge, line
            arrows.append((edge[1], edge[2], plain(edge[3] or "")))
    return found, arrows


@pytest.mark.parametrize(("render", "read"), [(mermaid, read_mermaid), (dot, read_dot)])
@given(edges=edge_lists, root=names, column=names)
def test_a_drawing_says_what_the_graph_says(
    render: Callable[..., str],
    read: Callable[[str], tuple[dict[str, str], list[tuple[str, str, str]]]],
    edges: list[tuple[str, str]],
    root: str,
    column: str,
) -> None:
    graph = graph_of(edges, root)
    graph = msgspec.structs.replace(
        graph, edges=tuple(msgspec.structs.replace(e, columns=(Link(column, "to"),)) for e in graph.edges)
    )
    labels, arrows = read(render(graph, columns=True))
    said = {n: visible(n or f"{NS}") + " (table)" for n in {root, *(end for edge in edges for end in edge)}}
    assert sorted(labels.values()) == sorted(said.values())
    assert sorted((labels[a], labels[b]) for a, b, _ in arrows) == sorted((said[a], said[b]) for a, b in edges)
    assert all(label == f"to ← {visible(column)}" for _, _, label in arrows)


def test_drawings_say_what_they_leave_out() -> None:
    links = tuple(Link(f"c{i}", f"c{i}") for i in range(12))
    graph = Graph(
        root=ref("a"),
        direction="downstream",
        edges=(Edge(source=ref("a"), target=ref("b"), columns=links, how="guessed"),),
        left_out=3,
    )
    for text in (mermaid(graph, columns=True), dot(graph, columns=True)):
        assert "4 more" in text
        assert "3 more left out" in text
        assert "-.->" in text or "dashed" in text
    assert "c1" not in mermaid(graph)


def test_a_graph_is_json_and_back() -> None:
    graph = Graph(
        root=ref("a"),
        direction="upstream",
        nodes=(Node(ref=ref("a"), owners=("ann",)),),
        edges=(Edge(source=ref("b"), target=ref("a"), columns=(Link("x", "y"),), job=ref("j")),),
        left_out=2,
    )
    values = json.loads(json.dumps(as_dict(graph)))
    assert values["edges"][0]["source"] == {"namespace": NS, "name": "b"}
    assert msgspec.convert(values, Graph) == graph


# --- impact


def test_rows() -> None:
    graph = Graph(
        root=ref("orders"),
        direction="downstream",
        nodes=(
            Node(ref=ref("orders"), kind="table"),
            Node(ref=ref("daily"), kind="view", hop=1, owners=("ann", "bob")),
            Node(ref=ref("weekly"), hop=2, live=False),
            Node(ref=ref("apart"), hop=3),
        ),
        edges=(
            Edge(source=ref("daily"), target=ref("weekly"), how="guessed"),
            Edge(source=ref("orders"), target=ref("weekly"), columns=(Link("id", "*", "filter"),)),
            Edge(
                source=ref("orders"),
                target=ref("daily"),
                columns=(Link("id", "id"), Link("amount", "a", "aggregation")),
                job=ref("j"),
            ),
            Edge(source=ref("weekly"), target=ref("orders")),
        ),
    )
    rows = impact(graph)
    assert [(r.hop, r.ref.name, r.column, r.via and r.via.name, r.via_column, r.how, r.guessed) for r in rows] == [
        (1, "daily", "a", "orders", "amount", "aggregation", False),
        (1, "daily", "id", "orders", "id", "identity", False),
        (2, "weekly", "", "daily", "", "guessed", True),
        (2, "weekly", "*", "orders", "id", "filter", False),
        (3, "apart", "", None, "", "", False),
    ]
    assert rows[0].flat() == {
        "hop": 1, "namespace": NS, "name": "daily", "kind": "view", "column": "a", "via": f"{NS}/orders",
        "via_column": "amount", "how": "aggregation", "guessed": False, "job": f"{NS}/j", "owners": "ann, bob",
        "live": True,
    }  # fmt: skip


def test_rows_upstream_and_of_both_directions() -> None:
    nodes = (Node(ref=ref("a"), hop=-1), Node(ref=ref("b")), Node(ref=ref("c"), hop=1))
    edges = (
        Edge(source=ref("a"), target=ref("b"), columns=(Link("x", "y"),)),
        Edge(source=ref("b"), target=ref("c"), columns=(Link("y", "z"),)),
    )
    both = Graph(root=ref("b"), direction="both", nodes=nodes, edges=edges)
    assert [(r.hop, r.ref.name, r.column, r.via_column) for r in impact(both)] == [
        (-1, "a", "x", "y"),
        (1, "c", "z", "y"),
    ]
    up = Graph(root=ref("b"), direction="upstream", nodes=(Node(ref=ref("a"), hop=1), nodes[1]), edges=edges[:1])
    assert [(r.ref.name, r.column, r.via_column) for r in impact(up)] == [("a", "x", "y")]


@given(edges=edge_lists, root=names)
def test_every_object_but_the_root_has_a_row(edges: list[tuple[str, str]], root: str) -> None:
    graph = graph_of(edges, root)
    rows = impact(graph)
    assert {row.ref for row in rows} == {node.ref for node in graph.nodes} - {graph.root}
    assert impact(msgspec.structs.replace(graph, edges=graph.edges[::-1])) == rows
