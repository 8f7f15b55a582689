"""Which nodes are one object: the classes that SameAs facts make, whichever came first."""

from collections.abc import Iterable

from strabo.catalog.spelling import meant
from strabo.model import codec
from strabo.model.records import SameAs
from strabo.store.protocol import Writer
from strabo.store.rows import ASPECTS


def rejoin(writer: Writer, nodes: Iterable[int]) -> None:
    """Works out anew who stands for whom, among these nodes and all that were joined to them.

    The node that stands for a class is one that is not itself said to be another's alias (of several, or in a
    circle, the first by name): so the answer does not hang on the order in which the facts came.
    """
    touched = {member for node in nodes for member in writer.members(node)}
    if not touched or (len(touched) < 2 and not writer.facts(list(touched), (ASPECTS["same_as"],))):
        return
    links: dict[int, set[int]] = {node: set() for node in touched}
    aliases: set[int] = set()
    todo = list(touched)
    while todo:
        facts = writer.facts(todo, (ASPECTS["same_as"],))
        records = [(f.node, codec.decode(f.body)) for f in facts]
        others = meant(writer, [r.other for _, r in records if isinstance(r, SameAs)])
        todo = []
        for node, record in records:
            other = others.get(record.other) if isinstance(record, SameAs) else None
            if other is None or other == node:
                continue
            aliases.add(node)
            for member in (node, *writer.members(other)):
                if member not in links:
                    links[member] = set()
                    todo.append(member)
            links[node].add(other)
            links[other].add(node)
    changes: list[tuple[int, int | None]] = []
    names = {node.id: (node.ref, node.id) for node in writer.nodes(links).values()}
    left = set(links)
    while left:
        group = _reach(left.pop(), links)
        left -= group
        head = min(group - aliases or group, key=names.__getitem__)
        changes += [(node, None if node == head else head) for node in group]
    writer.set_same(changes)


def _reach(start: int, links: dict[int, set[int]]) -> set[int]:
    group, todo = {start}, [start]
    while todo:
        for other in links[todo.pop()]:
            if other not in group:
                group.add(other)
                todo.append(other)
    return group
