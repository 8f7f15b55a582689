"""Lineage as Marquez' pages draw it: jobs and datasets as nodes, with the edges that enter and leave each."""

from collections.abc import Iterable

from strabo.api.marquez.answers import Json
from strabo.api.marquez.cards import Card, cards
from strabo.api.marquez.datasets import dataset_answers
from strabo.api.marquez.hidden import Hidden
from strabo.api.marquez.ids import dataset_id, job_id
from strabo.api.marquez.jobs import job_answers
from strabo.catalog.lineage import Surroundings
from strabo.graph.walk import walk
from strabo.store.protocol import Reader

MOST = 1000  # nodes of one side


def lineage(reader: Reader, root: int, depth: int) -> Json:
    """All that feeds an object within `depth` jobs, and all that it feeds.

    Beside Marquez' `graph` it says whether that is all: `complete`, and how many objects are `leftOut`.
    """
    around = Surroundings(reader)
    root = around.head(root)
    first = cards(reader, [root])[root]
    hops = depth + first.job  # from a job to its own datasets is no step
    pairs: dict[tuple[int, int], None] = {}
    reached = {root: None}
    left_out = 0
    for up in (True, False):
        found = walk([root], lambda nodes, up=up: around.neighbours(nodes, upstream=up), hops=hops, limit=MOST)  # type: ignore[misc]
        left_out += found.left_out
        reached |= dict.fromkeys(found.hops)
        pairs |= dict.fromkeys((end, start) if up else (start, end) for start, end in found.edges)
    edges, jobs = _edges(around, pairs)
    shown = cards(reader, [*reached, *jobs], as_jobs=jobs)
    visible = {card.node: card for card in Hidden(reader).visible(shown.values())}
    return {"graph": _nodes(reader, visible, edges), "complete": left_out == 0, "leftOut": left_out}


def _edges(
    around: Surroundings, pairs: Iterable[tuple[int, int]]
) -> tuple[dict[tuple[int, int], None], dict[int, None]]:
    """The edges with the jobs between, and the nodes that are jobs. What no job moves (a view) is an edge by itself."""
    edges: dict[tuple[int, int], None] = {}
    jobs: dict[int, None] = {}
    for source, target in pairs:
        for via in around.facts.get((source, target), {}).values():
            if not via:
                edges[source, target] = None
                continue
            jobs[via] = None
            if source != via:
                edges[source, via] = None
            if target != via:
                edges[via, target] = None
    return edges, jobs


def _nodes(reader: Reader, shown: dict[int, Card], edges: Iterable[tuple[int, int]]) -> list[Json]:
    names = {n: (job_id if c.job else dataset_id)(c.ref) for n, c in shown.items()}
    enters: dict[int, list[Json]] = {}
    leaves: dict[int, list[Json]] = {}
    for source, target in edges:
        if source in names and target in names:
            edge = {"origin": names[source], "destination": names[target]}
            leaves.setdefault(source, []).append(edge)
            enters.setdefault(target, []).append(edge)
    jobs = [card for card in shown.values() if card.job]
    datasets = [card for card in shown.values() if not card.job]
    found = []
    for group, data, type_, drawn in (
        (jobs, job_answers(reader, jobs, recent=1), "JOB", "BATCH"),
        (datasets, dataset_answers(reader, datasets), "DATASET", "DB_TABLE"),
    ):
        for card, one in zip(group, data, strict=True):
            one["type"] = drawn  # the pages draw no other
            found.append(
                {
                    "id": names[card.node],
                    "type": type_,
                    "data": one,
                    "inEdges": enters.get(card.node, []),
                    "outEdges": leaves.get(card.node, []),
                }
            )
    return sorted(found, key=lambda n: n["id"])
