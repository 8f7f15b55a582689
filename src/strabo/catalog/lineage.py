"""Lineage out of the catalog: what feeds an object or a column, and what it feeds."""

import os
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from strabo.catalog import refs, times
from strabo.catalog.counted import Seen, counted
from strabo.catalog.spelling import meant
from strabo.errors import UsageError
from strabo.graph.impact import Row
from strabo.graph.impact import impact as rows
from strabo.graph.model import WHOLE, Direction, Edge, Graph, Link, Node
from strabo.graph.narrow import narrowed
from strabo.graph.walk import ColumnWalk, Step, Walk, steps, walk, walk_columns
from strabo.model import codec
from strabo.model.records import DIRECT, Dataset, Lineage, Ownership, Upstream
from strabo.model.ref import Ref
from strabo.store import rows as stored
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS

_FRESH = "90d"


def fresh_for() -> timedelta:
    """How long an edge that only runs or queries have shown counts as current after the last: STRABO_FRESH, or 90d.

    Raises UsageError for a variable that is no length of time.
    """
    said = os.environ.get("STRABO_FRESH") or _FRESH
    try:
        return times.length(said)
    except UsageError as error:
        raise UsageError(str(error), where="STRABO_FRESH", fix=error.fix) from None


_OWNED = (ASPECTS["ownership"],)


class Surroundings:
    """The edges around some nodes, aliases taken as one, as the walks ask for them. Remembers what it was asked.

    at: the transaction whose state is meant; None for now.
    """

    def __init__(self, reader: Reader, *, at: int | None = None) -> None:
        self._reader, self.at = reader, at
        self.facts: dict[tuple[int, int], dict[int, int]] = {}  # (source, target) -> Lineage fact -> job's node
        self._records: dict[int, Lineage] = {}
        self._jobs: dict[int, Ref] = {}
        self._ups: dict[int, dict[int, list[Upstream]]] = {}  # fact -> its upstreams by node
        self._up_heads: dict[int, dict[int, list[Upstream]]] = {}  # the same by the node that stands for it

    def head(self, node: int) -> int:
        """The node that stands for this one."""
        return self._reader.members(node)[0]

    def neighbours(self, nodes: list[int], *, upstream: bool) -> list[tuple[int, int]]:
        """(one of these nodes, its neighbour) for every edge that leaves them in that direction."""
        pairs = []
        for start, end, edge in self._edges(nodes, upstream=upstream):
            pair = (end, start) if upstream else (start, end)
            self.facts.setdefault(pair, {})[edge.fact] = edge.via
            pairs.append((start, end))
        return pairs

    def column_steps(self, nodes: list[int], *, upstream: bool) -> list[Step]:
        """The steps between columns for every edge that leaves these nodes in that direction."""
        found = list(self._edges(nodes, upstream=upstream))
        self._load({edge.fact for _, _, edge in found})
        out: list[Step] = []
        for start, end, edge in found:
            source, target = (end, start) if upstream else (start, end)
            self.facts.setdefault((source, target), {})[edge.fact] = edge.via
            for up in self._ups.get(edge.fact, {}).get(edge.source, ()):
                direct = [(c.source, c.target) for c in up.columns if c.how in DIRECT]
                others = [p for p in ((c.source, c.target) for c in up.columns) if p not in set(direct)]
                if direct or up.influences or not others:
                    decide = [i.source for i in up.influences]
                    kept = {(c.source, c.target) for c in up.columns if c.how == "identity"}
                    out += steps(source, target, direct, decide, upstream=upstream, kept=kept)
                out += [
                    s._replace(direct=False)
                    for s in steps(source, target, others, upstream=upstream)
                    if s.from_column is not None
                ]
        return out

    def links(self, source: int, target: int, *, indirect: bool = False) -> tuple[tuple[Link, ...], Ref | None, str]:
        """What is known of one edge: its columns, the job that moves the data, how it is known.

        indirect: also the columns that decide about the target as a whole.
        """
        found: dict[tuple[str, str], Link] = {}
        job: int = 0
        how = ""
        for fact, via in self.facts.get((source, target), {}).items():
            record = self._records.get(fact)
            job = job or via
            if record is None:
                continue
            how = how or record.how
            for up in self._up_heads[fact].get(source, ()):
                for c in up.columns:
                    found.setdefault((c.source, c.target), Link(c.source, c.target, c.how, c.guessed))
                for i in up.influences if indirect else ():
                    found.setdefault((i.source, WHOLE), Link(i.source, WHOLE, i.how))
        ref = self._job(job) if job else None
        return tuple(found.values()), ref, how

    def supports(self, source: int, target: int) -> list[tuple[str, int]]:
        """How each fact that speaks for an edge is known, and the node of the job that moves the data there, or 0."""
        facts = self.facts.get((source, target), {})
        return [(self._records[fact].how, via) for fact, via in facts.items() if fact in self._records]

    def load_edges(self) -> None:
        """Reads the Lineage records of all edges met so far."""
        self._load({fact for facts in self.facts.values() for fact in facts})

    def _edges(self, nodes: list[int], *, upstream: bool) -> Iterable[tuple[int, int, stored.Edge]]:
        """(node asked for, neighbour, edge), both as the nodes that stand for them."""
        standing = {alias: head for head, aliases in self._reader.aliases(nodes).items() for alias in aliases}
        asked = {**{node: node for node in nodes}, **standing}
        edges = self._reader.edges(list(asked), upstream=upstream, at=self.at)
        ends = self._reader.nodes({e.source if upstream else e.target for e in edges})
        for edge in edges:
            near, far = (edge.target, edge.source) if upstream else (edge.source, edge.target)
            start = asked.get(near) if near in asked else asked.get(edge.via)
            end = ends[far].same or far
            if start is not None and end != start:
                yield start, end, edge

    def _load(self, facts: set[int]) -> None:
        wanted = [fact for fact in facts if fact not in self._records]
        for start in range(0, len(wanted), 2000):
            for fact, body in self._reader.bodies(wanted[start : start + 2000]).items():
                record = codec.decode(body)
                if isinstance(record, Lineage):
                    self._records[fact] = record
            self._index([fact for fact in wanted[start : start + 2000] if fact in self._records])

    def _index(self, facts: list[int]) -> None:
        """Which upstreams of these facts are which node: they may be spelled otherwise there."""
        refs = dict.fromkeys(up.ref for fact in facts for up in self._records[fact].upstreams)
        ids = meant(self._reader, list(refs))
        heads = {i: node.same or i for i, node in self._reader.nodes(set(ids.values())).items()}
        for fact in facts:
            ups, up_heads = self._ups.setdefault(fact, {}), self._up_heads.setdefault(fact, {})
            for up in self._records[fact].upstreams:
                node = ids.get(up.ref)
                if node is not None:
                    ups.setdefault(node, []).append(up)
                    up_heads.setdefault(heads.get(node, node), []).append(up)

    def _job(self, node: int) -> Ref:
        if node not in self._jobs:
            self._jobs[node] = self._reader.nodes([node])[node].ref
        return self._jobs[node]


def lineage(
    reader: Reader,
    text: str | Ref,
    *,
    upstream: bool = True,
    downstream: bool = True,
    hops: int | None = None,
    columns: bool = False,
    indirect: bool = False,
    limit: int = 1000,
    at: int | None = None,
    fresh: timedelta | None = None,
    kinds: Collection[str] = (),
    like: str = "",
) -> Graph:
    """The lineage around an object, or around one column of it when `text` ends in one. See Catalog.lineage."""
    node, column = (
        (refs.resolve(reader, text), None) if isinstance(text, Ref) else refs.resolve_with_column(reader, text)
    )
    around = Surroundings(reader, at=at)
    root = around.head(node.id)
    if column is not None:
        column = _column(reader, root, column, at)
    direction: Direction = "both" if upstream and downstream else "upstream" if upstream else "downstream"
    reached: dict[int, int] = {root: 0}
    edges: dict[tuple[int, int], list[tuple[str, str]] | None] = {}
    named: dict[int, dict[str, None]] = {root: {column: None}} if column else {}
    left_out = 0
    for up in [u for u, wanted in ((True, upstream), (False, downstream)) if wanted]:
        sign = -1 if up and direction == "both" else 1
        if column is None:
            found = walk([root], lambda nodes, up=up: around.neighbours(nodes, upstream=up), hops=hops, limit=limit)  # type: ignore[misc]
            left_out += found.left_out
            _add_tables(found, sign, up, reached, edges)
        else:
            ways = walk_columns(
                [(root, column)],
                lambda nodes, up=up: around.column_steps(nodes, upstream=up),  # type: ignore[misc]
                hops=hops,
                limit=limit,
                indirect=indirect,
            )
            left_out += ways.left_out
            _add_columns(ways, sign, up, reached, edges, named)
    around.load_edges()
    fresh = fresh_for() if fresh is None else fresh
    graph = Graph(
        root=reader.nodes([root])[root].ref,
        direction=direction,
        nodes=_nodes(reader, reached, named, at),
        edges=_edges(reader, around, edges, columns=columns or column is not None, indirect=indirect, fresh=fresh),
        complete=left_out == 0,
        left_out=left_out,
    )
    if not kinds and not like:
        return graph
    return narrowed(graph, lambda n: (not kinds or n.kind in kinds) and (not like or fnmatchcase(str(n.ref), like)))


def impact(reader: Reader, text: str | Ref, *, hops: int | None = None, at: int | None = None) -> list[Row]:
    """What an object or a column feeds, as flat rows, nearest first; columns that only filter or join count too."""
    graph = lineage(reader, text, upstream=False, hops=hops, columns=True, indirect=True, limit=1_000_000, at=at)
    return rows(graph)


def _add_tables(
    found: Walk,
    sign: int,
    up: bool,
    reached: dict[int, int],
    edges: dict[tuple[int, int], list[tuple[str, str]] | None],
) -> None:
    for node, hop in found.hops.items():
        reached.setdefault(node, sign * hop)
    for start, end in found.edges:
        edges[(end, start) if up else (start, end)] = None


def _add_columns(
    found: ColumnWalk,
    sign: int,
    up: bool,
    reached: dict[int, int],
    edges: dict[tuple[int, int], list[tuple[str, str]] | None],
    named: dict[int, dict[str, None]],
) -> None:
    for (node, column), hop in found.hops.items():
        reached.setdefault(node, sign * hop)
        named.setdefault(node, {})[column] = None
    for edge in found.edges:
        (source, theirs), (target, ours) = (edge.end, edge.start) if up else (edge.start, edge.end)
        links = edges.setdefault((source, target), [])
        if links is not None:
            links.append((theirs, ours))
    near: dict[int, int] = {}
    for (node, _), hop in found.hops.items():
        near.setdefault(node, hop)
    for start, end in found.lost:  # fed without a word about columns: the trail may go on there, so it is shown
        reached.setdefault(end, sign * (near[start] + 1))
        edges.setdefault((end, start) if up else (start, end), None)


def _column(reader: Reader, node: int, column: str, at: int | None) -> str:
    """The column as its dataset spells it. Raises UsageError when the dataset is known and has no such column."""
    for fact in reader.facts(reader.members(node), (ASPECTS["dataset"],), at=at):
        record = codec.decode(fact.body)
        if not isinstance(record, Dataset) or not record.columns:
            continue
        names = [c.name for c in record.columns]
        first, _, field = column.partition(".")
        for wanted, rest in ((column, ""), (first, field)):
            name = next((n for n in names if n == wanted), "") or next(
                (n for n in names if n.casefold() == wanted.casefold()), ""
            )
            if name:
                return f"{name}.{rest}" if rest else name
        raise UsageError(
            f"{reader.nodes([node])[node].ref} has no column {column!r}", fix=f"its columns: {', '.join(names[:30])}"
        )
    return column


def _link(known: Mapping[tuple[str, str], Link], pair: tuple[str, str]) -> Link:
    """What a step between two columns stands for: the link itself, or the one that it is a field of, or has as one."""
    if pair in known:
        return known[pair]
    source, target = pair
    for link in known.values():
        if _within(link.source, source) and _within(link.target, target):
            return link
        if _within(source, link.source) and _within(target, link.target):
            return Link(source, target, link.how, link.guessed)
    return Link(source, target, "filter")


def _within(field: str, column: str) -> bool:
    return field == column or field.startswith(f"{column}.")


def _seen(reader: Reader, edges: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Seen]:
    """When, and by how many runs, edges were seen; under all names of their ends, by the nodes that stand for them."""
    heads = {end for pair in edges for end in pair}
    standing = {node: node for node in heads}
    standing.update((alias, head) for head, aliases in reader.aliases(list(heads)).items() for alias in aliases)
    found: dict[tuple[int, int], Seen] = {}
    for one in reader.seen_edges(list(standing)):
        pair = (standing.get(one.source, one.source), standing[one.target])
        runs = Seen(times.from_micros(one.first), times.from_micros(one.last), one.runs)
        found[pair] = runs.also(found.get(pair))
    return found


def _nodes(
    reader: Reader, reached: dict[int, int], named: dict[int, dict[str, None]], at: int | None
) -> tuple[Node, ...]:
    known = reader.nodes(reached)
    owners: dict[int, dict[str, None]] = {}
    for fact in reader.facts(list(reached), _OWNED, at=at):
        record = codec.decode(fact.body)
        if isinstance(record, Ownership):
            owners.setdefault(fact.node, {}).update(dict.fromkeys(o.name for o in record.owners))
    found = [
        Node(
            ref=known[node].ref,
            kind=known[node].kind,
            live=known[node].live,
            hop=hop,
            owners=tuple(owners.get(node, ())),
            columns=tuple(named.get(node, ())),
        )
        for node, hop in reached.items()
        if node in known
    ]
    return tuple(sorted(found, key=lambda n: (abs(n.hop), n.hop, n.ref)))


def _edges(
    reader: Reader,
    around: Surroundings,
    edges: dict[tuple[int, int], list[tuple[str, str]] | None],
    *,
    columns: bool,
    indirect: bool,
    fresh: timedelta,
) -> tuple[Edge, ...]:
    known = reader.nodes({end for pair in edges for end in pair})
    seen = _seen(reader, edges)
    supports = {pair: around.supports(*pair) for pair in edges}
    ran = counted(
        reader, {via for ways in supports.values() for how, via in ways if via and how == "parsed"}, at=around.at
    )
    now = datetime.now(UTC)
    found = []
    for (source, target), only in edges.items():
        links, job, how = around.links(source, target, indirect=indirect and only is None)
        when = seen.get((source, target))
        ways = supports[source, target]
        for via in dict.fromkeys(via for how, via in ways if how == "parsed" and via in ran):
            when = ran[via].also(when)
        # A view, a routine, or somebody's word speaks for an edge at all times; runs and queries when they ran.
        timed = all(way == "observed" or (way == "parsed" and via in ran) for way, via in ways)
        if only is not None:
            by_pair = {(link.source, link.target): link for link in links}
            links = tuple(dict.fromkeys(_link(by_pair, pair) for pair in only))
        found.append(
            Edge(
                source=known[source].ref,
                target=known[target].ref,
                columns=links if columns else (),
                job=job,
                how=how,
                first_seen=when.first if when else None,
                last_seen=when.last if when else None,
                runs=when.times if when else 0,
                expired=timed and when is not None and now - when.last > fresh,
            )
        )
    return tuple(sorted(found, key=lambda e: (e.source, e.target)))
