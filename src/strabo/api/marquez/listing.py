"""The datasets or the jobs of a namespace, or of all, page by page."""

from collections.abc import Mapping
from typing import Literal, get_args

from strabo.api.marquez.cards import ANY, Card, cards
from strabo.api.marquez.hidden import Hidden
from strabo.model import naming
from strabo.model.records import DatasetKind, JobKind, RunStatus
from strabo.search.query import Filter, Query
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS

What = Literal["dataset", "job"]
KINDS: dict[What, tuple[str, ...]] = {"dataset": get_args(DatasetKind), "job": get_args(JobKind)}
_BOTH = frozenset(KINDS["dataset"]) & frozenset(KINDS["job"])
_BY_NAME = 5_000  # objects of a namespace up to which a page is one of the whole, by name
_COUNTED = 1_000_000
_LOOKED_AT = 1_000  # jobs whose last runs are looked at for a filter on them


def page(reader: Reader, what: What, namespace: str | None, limit: int, offset: int) -> tuple[list[Card], int]:
    """One page and how many there are in all: by name; of more than 5,000, in the order in which search keeps them."""
    if namespace is not None:
        namespace = naming.normal_namespace(namespace)
        found = reader.by_prefix(namespace, "", _BY_NAME + 1)
        if len(found) <= _BY_NAME:
            nodes = [n.id for n in found if n.live and n.kind in KINDS[what] and n.same is None]
            nodes = _sure(reader, what, {n.id: n.kind for n in found}, nodes)
            return _shown(reader, what, nodes, limit, offset)
    query = _all(what, namespace)
    candidates = reader.candidates(query, offset + limit)
    total = reader.count(query, _COUNTED)
    wanted = cards(reader, candidates[offset:])
    shown = [c for c in Hidden(reader).visible(wanted.values()) if c.live and c.job == (what == "job")]
    return shown, total


def with_last_run(
    reader: Reader,
    namespace: str | None,
    states: frozenset[str],
    status: Mapping[RunStatus, str],
    limit: int,
    offset: int,
) -> tuple[list[Card], int]:
    """Jobs whose last run is in one of these states, among the first 1,000. status: the state of a run's status."""
    found, _ = page(reader, "job", namespace, _LOOKED_AT, 0)
    kept = [c for c in found if c.runs and status[c.runs[0].record.status] in states]  # type: ignore[union-attr]
    return kept[offset : offset + limit], len(kept)


def _all(what: What, namespace: str | None) -> Query:
    filters = [Filter("kind", KINDS[what])]
    if namespace is not None:
        filters.append(Filter("namespace", (namespace,)))
    return Query(text="", filters=tuple(filters))


def _sure(reader: Reader, what: What, kinds: dict[int, str], nodes: list[int]) -> list[int]:
    """Without those whose kind both a dataset and a job can have, and that are the other."""
    doubtful = [node for node in nodes if kinds[node] in _BOTH]
    if not doubtful:
        return nodes
    meant = {f.node for f in reader.facts(doubtful, (ASPECTS[what],))}
    return [node for node in nodes if kinds[node] not in _BOTH or node in meant]


def _shown(reader: Reader, what: What, nodes: list[int], limit: int, offset: int) -> tuple[list[Card], int]:
    hidden = Hidden(reader)
    if not hidden.any:
        wanted = cards(reader, nodes[offset : offset + limit], ANY)
        return [c for c in wanted.values() if c.job == (what == "job")], len(nodes)
    visible = hidden.visible(cards(reader, nodes, ANY).values())
    return visible[offset : offset + limit], len(visible)
