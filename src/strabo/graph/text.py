"""A graph as text: a tree for reading, Mermaid and Graphviz for drawing, plain values for JSON.

Names come from anywhere. What would steer a terminal, turn the direction of writing or end a label is shown as an
escape.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from strabo.graph.model import Edge, Graph, Link, Node
from strabo.model.ref import Ref

MOST_LINKS = 8  # columns named on one arrow of a drawing; a tree names all
_JOINERS = "\u200c\u200d"  # invisible, and part of how some scripts and emoji are written
_UNHARMFUL = frozenset(" _./:-,()←→…+")


def as_dict(graph: Graph) -> dict[str, Any]:
    """The graph in values that any JSON encoder takes."""
    found: dict[str, Any] = msgspec.to_builtins(graph)
    return found


def tree(graph: Graph, *, columns: bool = False) -> str:
    """The graph from its root outwards, a line for each object, children by name; a last line says what was left out.

    An object is spelled out once; where it comes again, "↺ shown above" stands for all below it. A namespace is
    written where it is not the root's. columns: below each object, its columns that the arrow to it carries.
    """
    names = _Names(graph)
    lines = [names.line(graph.root)]
    shown = {graph.root}
    if graph.direction == "both":
        for title, upstream in (("upstream", True), ("downstream", False)):
            section = list(_branches(graph, names, {graph.root}, upstream=upstream, columns=columns))
            lines += [f"{title}:", *section] if section else []
        shown = set(names.nodes)
    else:
        lines += _branches(graph, names, shown, upstream=graph.direction == "upstream", columns=columns)
    apart = sorted((ref for ref in names.nodes if ref not in shown), key=names.order)
    if apart:
        lines += ["not connected:", *(f"  {names.line(ref)}" for ref in apart)]
    if graph.left_out:
        lines.append(f"… {graph.left_out:,} more left out")
    elif not graph.complete:
        lines.append("… and more")
    return "\n".join(lines) + "\n"


def mermaid(graph: Graph, *, columns: bool = False) -> str:
    """A flowchart as Mermaid reads it, data flowing to the right. https://mermaid.js.org/syntax/flowchart.html"""
    names = _Names(graph)
    lines = ["flowchart LR"]
    lines += [f'  n{i}["{_mermaid(names.line(ref))}"]' for ref, i in names.ids.items()]
    for edge in names.edges:
        label = _arrow_label(edge, columns=columns)
        arrow = "-.->" if edge.how == "guessed" or edge.expired else "-->"
        said = f'|"{_mermaid(label)}"|' if label else ""
        lines.append(f"  n{names.ids[edge.source]} {arrow}{said} n{names.ids[edge.target]}")
    lines.append(f"  style n{names.ids[graph.root]} stroke-width:3px")
    if graph.left_out:
        lines.append(f'  more["… {graph.left_out} more left out"]')
    return "\n".join(lines) + "\n"


def dot(graph: Graph, *, columns: bool = False) -> str:
    """The graph as Graphviz reads it, data flowing to the right. https://graphviz.org/doc/info/lang.html"""
    names = _Names(graph)
    lines = ["digraph lineage {", "  rankdir=LR;", "  node [shape=box];"]
    for ref, i in names.ids.items():
        bold = ", penwidth=3" if ref == graph.root else ""
        lines.append(f'  n{i} [label="{_dot(names.line(ref))}"{bold}];')
    for edge in names.edges:
        label = _arrow_label(edge, columns=columns)
        said = [f'label="{_dot(label)}"'] if label else []
        said += ["style=dashed"] if edge.how == "guessed" or edge.expired else []
        lines.append(
            f"  n{names.ids[edge.source]} -> n{names.ids[edge.target]}" + (f" [{', '.join(said)}];" if said else ";")
        )
    if graph.left_out:
        lines.append(f'  more [label="… {graph.left_out} more left out", shape=plaintext];')
    return "\n".join([*lines, "}"]) + "\n"


def visible(text: str) -> str:
    """The text on one line, with an escape for each character that is not seen but does something."""
    return text if text.isascii() and text.isprintable() else "".join(map(_visible, text))


@lru_cache(maxsize=4096)
def _visible(char: str) -> str:
    if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and char not in _JOINERS:
        return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"
    return char


class _Names:
    """The graph's objects in a fixed order, and how each is called."""

    def __init__(self, graph: Graph) -> None:
        self.root = graph.root
        self.nodes = {node.ref: node for node in graph.nodes}
        for ref in (graph.root, *(end for edge in graph.edges for end in (edge.source, edge.target))):
            self.nodes.setdefault(ref, Node(ref=ref))
        self.edges: list[Edge] = sorted(
            graph.edges, key=lambda e: (self.order(e.source), self.order(e.target), str(e.job))
        )
        self.ids = {ref: i for i, ref in enumerate(sorted(self.nodes, key=self.order))}

    @staticmethod
    def order(ref: Ref) -> tuple[str, str]:
        return ref.name, ref.namespace

    def line(self, ref: Ref) -> str:
        node = self.nodes[ref]
        name = visible(ref.name if ref.namespace == self.root.namespace and ref.name else str(ref))
        notes = [visible(node.kind)] if node.kind else []
        if not node.live:
            notes.append("gone" if node.kind else "not in the catalog")
        return f"{name} ({', '.join(notes)})" if notes else name


def _branches(graph: Graph, names: _Names, shown: set[Ref], *, upstream: bool, columns: bool) -> Iterator[str]:
    """The lines below the root. `shown` grows. A stack, not recursion: lineage can be thousands deep."""
    onward: dict[Ref, dict[Ref, list[Edge]]] = {}
    for edge in names.edges:
        near, far = (edge.target, edge.source) if upstream else (edge.source, edge.target)
        onward.setdefault(near, {}).setdefault(far, []).append(edge)

    def below(ref: Ref, indent: str) -> list[tuple[str, bool, Ref, list[Edge]]]:
        ways = sorted(onward.get(ref, {}).items(), key=lambda way: names.order(way[0]))
        return [(indent, i == len(ways) - 1, far, edges) for i, (far, edges) in enumerate(ways)][::-1]

    waiting = below(graph.root, "")
    while waiting:
        indent, last, ref, edges = waiting.pop()
        again = ref in shown
        doubt = "  guessed" if all(edge.how == "guessed" for edge in edges) else ""
        doubt += "  expired" if all(edge.expired for edge in edges) else ""
        yield (indent + ("└─ " if last else "├─ ") + names.line(ref) + doubt + ("  ↺ shown above" if again else ""))
        inner = indent + ("   " if last else "│  ")
        more = [] if again else below(ref, inner)
        if columns:
            yield from (f"{inner}{'│' if more else ' '}    {said}" for edge in edges for said in _links(edge))
        shown.add(ref)
        waiting += more


def _links(edge: Edge) -> Iterator[str]:
    """A column of the target, and the column it comes from, in the order of the target's columns."""
    for link in sorted(edge.columns, key=lambda link: (link.target, link.source)):
        yield _link(link)


def _link(link: Link) -> str:
    how = "" if link.how == "identity" else f" ({link.how})"
    return f"{visible(link.target)} ← {visible(link.source)}{how}{' guessed' if link.guessed else ''}"


def _arrow_label(edge: Edge, *, columns: bool) -> str:
    if not columns or not edge.columns:
        return ""
    links = list(_links(edge))
    more = [f"… {len(links) - MOST_LINKS} more"] if len(links) > MOST_LINKS else []
    return ", ".join(links[:MOST_LINKS] + more)


def _mermaid(text: str) -> str:
    """A label between double quotes. Mermaid reads `#34;` as a character reference: so is everything written that may
    have a meaning to it, to Markdown or to HTML.
    """
    return "".join(c if c.isalnum() or c in _UNHARMFUL else f"#{ord(c)};" for c in text)


def _dot(text: str) -> str:
    """A label between double quotes; Graphviz reads backslashes and character references there."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
