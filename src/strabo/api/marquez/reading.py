"""The reads: handlers that run on a thread of their own."""

from collections.abc import Sequence

import msgspec

from strabo.api.http import Call
from strabo.api.marquez import fields, graph, namespaces, pushed, run_graph, searching, stats
from strabo.api.marquez import jobs as job_views
from strabo.api.marquez.answers import Json, Paging, page_of, time_of, truth, whole
from strabo.api.marquez.cards import Card, cards
from strabo.api.marquez.datasets import dataset_answers
from strabo.api.marquez.datasets import version_json as dataset_version
from strabo.api.marquez.facets import facets
from strabo.api.marquez.hidden import Hidden
from strabo.api.marquez.ids import head, meant
from strabo.api.marquez.jobs import Moves, job_answers, moves
from strabo.api.marquez.listing import What, page, with_last_run
from strabo.api.marquez.runs import STATES, args_of, brief_runs, find_run, run_answers
from strabo.api.marquez.versions import Version, Versions
from strabo.catalog import events as folded
from strabo.errors import NotFound, UsageError
from strabo.model.records import JobRun
from strabo.store.protocol import Reader

_DEEPEST = 100


class JobsQuery(Paging, frozen=True, kw_only=True):
    lastRunStates: str = ""  # noqa: N815 - several are told apart by commas


class NodeQuery(msgspec.Struct, frozen=True, kw_only=True):
    nodeId: str = ""  # noqa: N815
    depth: str = ""
    withDownstream: str = ""  # noqa: N815
    aggregateByParent: str = ""  # noqa: N815 - taken and not followed: jobs are never merged into their parents


class RunQuery(msgspec.Struct, frozen=True, kw_only=True):
    runId: str = ""  # noqa: N815
    depth: str = ""


class FacetsQuery(msgspec.Struct, frozen=True, kw_only=True):
    type: str = ""


class EventsQuery(Paging, frozen=True, kw_only=True):
    before: str = ""
    after: str = ""
    sortDirection: str = ""  # noqa: N815


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True):
    q: str = ""
    filter: str = ""
    sort: str = ""
    limit: str = ""
    namespace: str = ""
    before: str = ""
    after: str = ""


class WordsQuery(msgspec.Struct, frozen=True, kw_only=True):
    q: str = ""


class StatsQuery(msgspec.Struct, frozen=True, kw_only=True):
    period: str = ""
    timezone: str = ""


# --- one object


def card_of(reader: Reader, what: What, namespace: str, name: str) -> Card:
    """Raises NotFound for nothing of that name, what is gone, what was deleted, and for a job that is a dataset."""
    node = head(reader, namespace, name)
    card = cards(reader, [node]).get(node) if node is not None else None
    card = card.seen_as(job=what == "job") if card is not None else None
    if card is None or card.deleted or not Hidden(reader).visible([card]):
        raise NotFound(
            f"there is no {what} {name[:200]!r} in namespace {namespace[:200]!r}",
            fix="GET /compat/marquez/api/v1/search?q= finds what there is",
        )
    return card


def the_dataset(reader: Reader, namespace: str, name: str) -> Json:
    return dataset_answers(reader, [card_of(reader, "dataset", namespace, name)])[0]


def the_job(reader: Reader, namespace: str, name: str) -> Json:
    """With the versions of what its last runs read and wrote."""
    card = card_of(reader, "job", namespace, name)
    answer = job_answers(reader, [card])[0]
    runs = run_answers(reader, card, card.runs[: job_views.RECENT])
    return {**answer, "latestRun": runs[0] if runs else None, "latestRuns": runs}


def the_run(reader: Reader, run: str) -> Json:
    """With its facets."""
    card, told = find_run(reader, run)
    answer = run_answers(reader, card, [told])[0]
    said = folded.run_facets(reader, card.ref, run)["run"]
    return {**answer, "facets": said, "args": args_of(said)}


# --- namespaces, sources, tags


def list_namespaces(call: Call) -> Json:
    limit, offset = page_of(call.query)
    return {"namespaces": namespaces.namespaces(call.catalog.store)[offset : offset + limit]}


def get_namespace(call: Call) -> Json:
    return namespaces.namespace(call.catalog.store, call.path["namespace"])


def list_sources(call: Call) -> Json:
    limit, offset = page_of(call.query)
    return {"sources": namespaces.sources(call.catalog.store)[offset : offset + limit]}


def get_source(call: Call) -> Json:
    return namespaces.source(call.catalog.store, call.path["source"])


def list_tags(call: Call) -> Json:
    limit, offset = page_of(call.query)
    return {"tags": namespaces.tags(call.catalog.store)[offset : offset + limit]}


# --- datasets


def list_datasets(call: Call) -> Json:
    limit, offset = page_of(call.query)
    store = call.catalog.store
    found, total = page(store, "dataset", call.path["namespace"], limit, offset)
    return {"datasets": dataset_answers(store, found), "totalCount": total}


def get_dataset(call: Call) -> Json:
    return the_dataset(call.catalog.store, call.path["namespace"], call.path["dataset"])


def list_dataset_versions(call: Call) -> Json:
    limit, offset = page_of(call.query)
    store = call.catalog.store
    card = card_of(store, "dataset", call.path["namespace"], call.path["dataset"])
    versions = Versions(store, [card.node]).of(card.node)
    return {"versions": _datasets(store, card, versions[offset : offset + limit]), "totalCount": len(versions)}


def get_dataset_version(call: Call) -> Json:
    store = call.catalog.store
    card = card_of(store, "dataset", call.path["namespace"], call.path["dataset"])
    return _datasets(store, card, [_version(store, card, call.path["version"])])[0]


def _datasets(reader: Reader, card: Card, versions: Sequence[Version]) -> list[Json]:
    said = facets(reader, [card]).get(card.node, {})
    made = _made_by(reader, card, versions)
    return [dataset_version(card, version, said, made.get(version.id)) for version in versions]


def _made_by(reader: Reader, card: Card, versions: Sequence[Version]) -> dict[str, Json]:
    """The run that made each version: of the jobs that write the dataset, the one that was at it, or had just been."""
    moved = reader.edges([card.node], upstream=True)
    jobs = cards(reader, {edge.via or edge.source for edge in moved})
    runs = [(job, told) for job in jobs.values() for told in job.runs if isinstance(told.record, JobRun) and job.job]
    found: dict[str, Json] = {}
    for version in versions:
        # What a run said became known in the transaction in which the run did, or in the one after it.
        before = [(job, told) for job, told in runs if told.since <= version.since]
        if before:
            job, told = max(before, key=lambda pair: (pair[1].since, pair[1].fact))
            found[version.id] = brief_runs(reader, [msgspec.structs.replace(job, told=(told,))], 1)[job.node][0]
    return found


def _version(reader: Reader, card: Card, version: str) -> Version:
    found = Versions(reader, [card.node]).named(card.node, version)
    if found is None:
        raise NotFound(f"{card.ref} has no version {version[:60]!r}", fix="GET …/versions lists them")
    return found


# --- jobs and runs


def list_jobs(call: Call) -> Json:
    """Of one namespace or of all; with `lastRunStates` those whose last run is in one of them."""
    limit, offset = page_of(call.query)
    store, namespace = call.catalog.store, call.path.get("namespace")
    states = frozenset(s.strip().upper() for s in call.query.lastRunStates.split(",") if s.strip())
    if states - set(STATES.values()):
        raise UsageError(
            f"lastRunStates is {call.query.lastRunStates[:60]!r}",
            fix=f"it takes {', '.join(sorted(set(STATES.values())))}",
        )
    if states:
        found, total = with_last_run(store, namespace, states, STATES, limit, offset)
    else:
        found, total = page(store, "job", namespace, limit, offset)
    return {"jobs": job_answers(store, found), "totalCount": total}


def get_job(call: Call) -> Json:
    return the_job(call.catalog.store, call.path["namespace"], call.path["job"])


def list_job_versions(call: Call) -> Json:
    limit, offset = page_of(call.query)
    store = call.catalog.store
    card = card_of(store, "job", call.path["namespace"], call.path["job"])
    versions = Versions(store, [card.node]).of(card.node)
    return {"versions": _jobs(store, card, versions[offset : offset + limit]), "totalCount": len(versions)}


def get_job_version(call: Call) -> Json:
    store = call.catalog.store
    card = card_of(store, "job", call.path["namespace"], call.path["job"])
    return _jobs(store, card, [_version(store, card, call.path["version"])])[0]


def _jobs(reader: Reader, card: Card, versions: Sequence[Version]) -> list[Json]:
    said = facets(reader, [card]).get(card.node, {})
    moved = moves(reader, [card.node]).get(card.node, Moves())
    runs = brief_runs(reader, [card], 1).get(card.node, [])
    return [job_views.version_json(card, v, said, moved, runs[0] if runs else None) for v in versions]


def list_runs(call: Call) -> Json:
    limit, offset = page_of(call.query)
    store = call.catalog.store
    card = card_of(store, "job", call.path["namespace"], call.path["job"])
    return {"runs": run_answers(store, card, card.runs[offset : offset + limit]), "totalCount": len(card.runs)}


def get_run(call: Call) -> Json:
    return the_run(call.catalog.store, call.path["run"])


def get_run_facets(call: Call) -> Json:
    """Of the run or of its job, as that run's events gave them; null for any other type, as Marquez has it."""
    store = call.catalog.store
    kind = call.query.type.lower()
    if kind not in {"run", "job", "dataset"}:
        raise UsageError(f"type is {call.query.type[:40]!r}", fix="it takes run, job or dataset")
    card, _ = find_run(store, call.path["run"])
    said = folded.run_facets(store, card.ref, call.path["run"])
    return {"runId": call.path["run"], "facets": said.get(kind)}


# --- lineage


def get_lineage(call: Call) -> Json:
    store = call.catalog.store
    asked = meant(store, call.query.nodeId)
    if asked.kind == "run":
        raise UsageError("the lineage of a run is asked for by its id", fix="GET …/runlineage/upstream?runId=")
    return graph.lineage(store, asked.node, _depth(call.query.depth))


def get_column_lineage(call: Call) -> Json:
    store = call.catalog.store
    asked = meant(store, call.query.nodeId)
    if asked.kind == "run":
        raise UsageError("a run has no columns", fix="ask for a dataset, a datasetField or a job")
    downstream = truth(call.query.withDownstream, "withDownstream")
    return fields.column_lineage(store, asked, _depth(call.query.depth), downstream=downstream)


def get_run_lineage(call: Call) -> Json:
    return run_graph.upstream(call.catalog.store, call.query.runId, _depth(call.query.depth))


def _depth(text: str) -> int:
    return min(whole(text, 20, "depth"), _DEEPEST)


# --- events, search, statistics


def list_events(call: Call) -> Json:
    """Of all jobs or of those of a namespace: the older form, which the Python client asks for."""
    limit, offset = page_of(call.query)
    found = pushed.events(call.catalog.store, limit=limit, offset=offset, namespace=call.path.get("namespace"))
    return {"events": found}


def list_lineage_events(call: Call) -> Json:
    limit, offset = page_of(call.query)
    asked = call.query
    if asked.sortDirection.lower() not in {"", "asc", "desc"}:
        raise UsageError(f"sortDirection is {asked.sortDirection[:40]!r}", fix="it takes asc or desc")
    store = call.catalog.store
    found = pushed.events(
        store,
        after=time_of(asked.after, "after"),
        before=time_of(asked.before, "before"),
        newest=asked.sortDirection.lower() != "asc",
        limit=limit,
        offset=offset,
    )
    return {"events": found, "totalCount": store.event_count()}


def get_search(call: Call) -> Json:
    asked = call.query
    if not asked.q.strip():
        raise UsageError("q is missing", fix="add q= with what to look for")
    return searching.search(
        call.catalog.store,
        asked.q,
        only=asked.filter,
        sort=asked.sort,
        limit=max(1, min(whole(asked.limit, 10, "limit"), 1000)),
        namespace=asked.namespace,
        before=time_of(asked.before, "before"),
        after=time_of(asked.after, "after"),
    )


def search_jobs(call: Call) -> Json:
    return searching.search_in_full(call.catalog.store, _words(call), "job")


def search_datasets(call: Call) -> Json:
    return searching.search_in_full(call.catalog.store, _words(call), "dataset")


def _words(call: Call) -> str:
    if not call.query.q.strip():
        raise UsageError("q is missing", fix="add q= with what to look for")
    return str(call.query.q)


def get_lineage_stats(call: Call) -> list[Json]:
    return stats.lineage_events(call.catalog.store, call.query.period, call.query.timezone)


def get_job_stats(call: Call) -> list[Json]:
    return stats.assets(call.catalog.store, "jobs", call.query.period, call.query.timezone)


def get_dataset_stats(call: Call) -> list[Json]:
    return stats.assets(call.catalog.store, "datasets", call.query.period, call.query.timezone)


def get_source_stats(call: Call) -> list[Json]:
    return stats.assets(call.catalog.store, "sources", call.query.period, call.query.timezone)
