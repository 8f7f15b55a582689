"""The questions of the old API, put to the catalog."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import msgspec

from strabo.api.http import Call
from strabo.api.wherehows import answers, notes, payload
from strabo.api.wherehows.blocks import BLOCKS
from strabo.api.wherehows.inventory import platform_urn
from strabo.api.wherehows.jobs import job_ref, split_job
from strabo.api.wherehows.notes import Row, Run
from strabo.api.wherehows.payload import Body
from strabo.api.wherehows.urns import Naming, ref_of, style_of, urn_of
from strabo.catalog import hosts, refs
from strabo.catalog.view import Thing
from strabo.errors import NotFound, UsageError
from strabo.model import naming
from strabo.model.records import Dataset, Job, JobKind, Ownership
from strabo.model.ref import Ref
from strabo.store.protocol import Reader
from strabo.store.rows import Node

_MOST = 1000
_JOBS = frozenset(get_args(JobKind))


class Query(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The base of what stands behind the question mark."""


class DatasetQuery(Query, frozen=True, kw_only=True):
    """Which dataset: by one of the two."""

    dataset_id: int | None = None
    urn: str | None = None


class DependencyQuery(Query, frozen=True, kw_only=True):
    query: str  # JSON: {"dataset_uri": …, "cluster_name": …}


class DependencyText(Body, frozen=True, kw_only=True):
    dataset_uri: str
    cluster_name: str | None = None


class DatasetLineageQuery(Query, frozen=True, kw_only=True):
    """period: only jobs that ran in so many days; all when it is left out. direction: `upstream` for the jobs that
    write it, `downstream` for those that read it. cluster is taken and not used: the URN says where a dataset is.
    """

    urn: str
    period: int | None = None
    cluster: str | None = None
    instance: str | None = None
    direction: str | None = None


class JobQuery(Query, frozen=True, kw_only=True):
    """instance: the application, where several have such a flow. direction: `source` or `target`."""

    flow_path: str
    job_name: str
    instance: str | None = None
    direction: str | None = None


class FlowRunQuery(Query, frozen=True, kw_only=True):
    flow_exec_id: str
    job_name: str
    instance: str | None = None
    direction: str | None = None


class JobRunQuery(Query, frozen=True, kw_only=True):
    job_exec_id: str
    instance: str | None = None
    direction: str | None = None


class FlowQuery(Query, frozen=True, kw_only=True):
    flow_path: str
    instance: str | None = None


class InventoryQuery(Query, frozen=True, kw_only=True):
    data_platform: str
    native_name: str = ""
    data_origin: str = "PROD"
    limit: int = 100


class WatchersQuery(Query, frozen=True, kw_only=True):
    dataset_name: str


class PropertiesQuery(Query, frozen=True, kw_only=True):
    properties_like: str


# --- datasets


def dataset(call: Call) -> dict[str, Any]:
    names = notes.naming_of(call.catalog.store)
    node, thing = _dataset(call, names)
    return {"dataset": answers.dataset_row(thing, node.id, names)}


def block(call: Call) -> dict[str, Any]:
    """One block; NotFound when nothing is known of it."""
    path = call.route.path.rpartition("/")[2]
    name = BLOCKS[path]
    _, thing = _dataset(call, notes.naming_of(call.catalog.store))
    key = "privacyCompliancePolicy" if name == "privacyCompliancePolicy" else name
    found = answers.block(thing, name)
    if found is None:
        raise NotFound(f"no {key} is known of {thing.ref}", fix=f"POST /dataset/{path} says it")
    return {"schemas" if name == "schema" else key: found}


def watchers(call: Call) -> dict[str, Any]:  # noqa: ARG001 - nobody watches: the answer is the same for all
    return {"watchers": {"count": 0, "users": []}}


def like_properties(call: Call) -> dict[str, Any]:
    """The datasets that a search for the words finds."""
    names = notes.naming_of(call.catalog.store)
    words = " ".join(w for w in call.query.properties_like.replace("%", " ").replace('"', " ").split() if ":" not in w)
    hits = call.catalog.find(words, limit=_MOST, facets=False).hits if words else ()
    urns = [urn_of(hit.ref, names) for hit in hits if hit.kind not in _JOBS]
    return {"dataset_urns": {"count": len(urns), "urns": urns}}


def inventory(call: Call) -> dict[str, Any]:
    """The datasets of a platform whose names begin so, in the order of their names."""
    query: InventoryQuery = call.query
    store, names = call.catalog.store, notes.naming_of(call.catalog.store)
    if not 0 < query.limit <= _MOST:
        raise UsageError(f"limit {query.limit} is out of range", where="limit", fix=f"use 1 to {_MOST}")
    # A name that stands for none: where the names of this platform live.
    anything = "x" if style_of(query.data_platform.rpartition(":")[2]) != "dotted" else "x.x"
    place = ref_of(platform_urn(query.data_platform, anything, query.data_origin.upper()), names)
    prefix = place.name.removesuffix(anything)
    nodes = store.by_prefix(place.namespace, prefix + query.native_name.removeprefix("/"), query.limit)
    return {
        "datasetList": [
            {
                "dataPlatformUrn": f"urn:li:dataPlatform:{query.data_platform.rpartition(':')[2]}",
                "nativeName": node.ref.name,
                "dataOrigin": query.data_origin.upper(),
                "datasetUrn": urn_of(node.ref, names),
                "datasetId": node.id,
            }
            for node in nodes
            if node.live and node.kind not in _JOBS
        ]
    }


def dependents(call: Call) -> dict[str, Any]:
    """All that is made of a dataset, nearest first."""
    names = notes.naming_of(call.catalog.store)
    if "uri" in call.path:
        node = _by_urn(call.catalog.store, call.path["uri"], names)
    else:
        node = _by_id(call.catalog.store, call.path["id"])
    return {"dependents": _around(call, node, names, upstream=False)}


def dependency(call: Call) -> dict[str, Any]:
    """All that a dataset is made of, nearest first."""
    asked = payload.read(DependencyText, call.query.query.encode())
    store, names = call.catalog.store, notes.naming_of(call.catalog.store)
    node = _by_urn(store, asked.dataset_uri, names)
    thing = call.catalog.get(node.ref)
    found = _around(call, node, names, upstream=True)
    above = {item["object_urn"] for item in found}
    deployment: Any = next(iter(answers.block(thing, "deploymentInfo") or []), {})
    parts = naming.parts(node.ref)
    return {
        "deployment_tier": deployment.get("deploymentTier"),
        "data_center": deployment.get("dataCenter"),
        "cluster": deployment.get("cluster") or asked.cluster_name,
        "dataset_type": naming.platform(node.ref.namespace),
        "database_name": parts[-2] if len(parts) > 1 else None,
        "table_name": naming.leaf(node.ref),
        "urn": urn_of(node.ref, names),
        "dataset_id": node.id,
        "input_uri": asked.dataset_uri,
        "dependencies": found,
        "leaf_level_dependency_count": len({i["mapped_object_urn"] for i in found} - above),
    }


def _around(call: Call, node: Node, names: Naming, *, upstream: bool) -> list[dict[str, Any]]:
    graph = call.catalog.lineage(node.ref, upstream=upstream, downstream=not upstream, limit=_MOST)
    known = {n.ref: n for n in graph.nodes}
    found = []
    for edge in graph.edges:
        far, near = (edge.source, edge.target) if upstream else (edge.target, edge.source)
        if known[far].kind in _JOBS or known[near].kind in _JOBS:
            continue
        source, target = known[edge.source], known[edge.target]
        level = abs(known[near].hop) + 1
        found.append(answers.dependency(source.ref, source.kind, target.ref, target.kind, level, names))
    return sorted(found, key=lambda i: (i["level"], i["object_urn"], i["mapped_object_urn"]))


# --- lineage


def dataset_lineage(call: Call) -> dict[str, Any]:
    """The jobs that write a dataset or read it."""
    query: DatasetLineageQuery = call.query
    store, names = call.catalog.store, notes.naming_of(call.catalog.store)
    node = _by_urn(store, query.urn, names)
    wanted = _direction(query.direction, {"upstream": "target", "downstream": "source"})
    vias: dict[int, str] = {}
    for upstream, role in ((True, "target"), (False, "source")):
        if wanted in {None, role}:
            for edge in store.edges(store.members(node.id), upstream=upstream):
                vias.setdefault(edge.via, role)
    jobs = store.nodes([via for via in vias if via])
    apps = _instances(query.instance, names)
    found = []
    for via, role in vias.items():
        job = jobs.get(via)
        if job is None or (apps and job.ref.namespace not in apps) or not _recent(store, job.ref, query.period):
            continue
        flow, name = _flow_and_job(call, job)
        found.append(
            {
                "short_connection_string": _app(job.ref.namespace, names),
                "job_name": name,
                "flow_path": flow,
                "source_target_type": role,
            }
        )
    return {"jobs": sorted(found, key=lambda j: (j["short_connection_string"], j["flow_path"], j["job_name"]))}


def job_lineage(call: Call) -> dict[str, Any]:
    """What a job reads and writes: by its newest run that was posted here, else by all that is known of its lineage."""
    query: JobQuery = call.query
    store, names = call.catalog.store, notes.naming_of(call.catalog.store)
    nodes = _jobs(store, job_ref("", query.flow_path, query.job_name).name, _instances(query.instance, names))
    if not nodes:
        raise NotFound(
            f"no job {query.job_name!r} of flow {query.flow_path!r} is known",
            fix="GET /lineage/dataset?urn=… lists the jobs around a dataset",
        )
    rows = [row for node in nodes for row in _moved_by(store, node)]
    return {"datasets": _datasets(rows, query.direction, names)}


def flow_run_lineage(call: Call) -> dict[str, Any]:
    """What a job has read and written in one run of its flow."""
    query: FlowRunQuery = call.query
    return _of_runs(call, notes.runs_of_flow(call.catalog.store, query.flow_exec_id, query.job_name))


def job_run_lineage(call: Call) -> dict[str, Any]:
    """What one run of a job has read and written."""
    query: JobRunQuery = call.query
    return _of_runs(call, notes.runs_by_id(call.catalog.store, query.job_exec_id))


def _of_runs(call: Call, runs: Iterable[Run]) -> dict[str, Any]:
    names = notes.naming_of(call.catalog.store)
    apps = _instances(call.query.instance, names)
    found = [run for run in runs if not apps or run.job.namespace in apps]
    if not found:
        raise NotFound("no such execution was posted", fix="POST /lineage tells of one")
    return {"datasets": _datasets([row for run in found for row in run.rows], call.query.direction, names)}


def _moved_by(store: Reader, node: Node) -> list[Row]:
    run = notes.run_of_job(store, node.ref)
    if run is not None:
        return list(run.rows)
    edges = [e for e in store.edges([node.id], upstream=True) if e.via == node.id]
    known = store.nodes({end for e in edges for end in (e.source, e.target)})
    sources = sorted({known[e.source].ref for e in edges})
    targets = sorted({known[e.target].ref for e in edges})
    return [*(Row(ref=r, role="source") for r in sources), *(Row(ref=r, role="target") for r in targets)]


def _datasets(rows: Iterable[Row], direction: str | None, names: Naming) -> list[dict[str, Any]]:
    wanted = _direction(direction, {"upstream": "source", "downstream": "target"})
    return [
        {
            "abstracted_object_name": row.ref.name,
            "db_id": None,
            "partition_start": None,
            "partition_end": None,
            "storage_type": None,
            "record_count": None,
            "insert_count": None,
            "update_count": None,
            "delete_count": None,
            **row.said,
            "source_target_type": row.role,
            "urn": urn_of(row.ref, names),
        }
        for row in rows
        if wanted in {None, row.role}
    ]


def _direction(word: str | None, roles: dict[str, str]) -> str | None:
    """The role that a direction means; both where none is given."""
    if not word or word.lower() == "both":
        return None
    found = {**roles, "source": "source", "target": "target"}.get(word.lower())
    if found is None:
        raise UsageError(
            f"{word!r} is no direction", where="direction", fix="use upstream, downstream, source or target"
        )
    return found


# --- flows


def flow_owner(call: Call) -> dict[str, Any]:
    found = []
    for thing in _flows(call):
        for record in thing.all(Ownership):
            found += [
                {
                    "flow_path": thing.ref.name,
                    "owner_id": owner.name,
                    "permissions": owner.role.upper(),
                    "owner_type": "GROUP" if owner.kind == "group" else "USER",
                }
                for owner in record.owners
            ]
        if isinstance(thing.record, Job) and thing.record.owner and not found:
            found.append({"flow_path": thing.ref.name, "owner_id": thing.record.owner, "owner_type": "LOGIN"})
    return {"owners": found}


def flow_schedule(call: Call) -> dict[str, Any]:
    return {
        "schedules": [
            {"flow_path": thing.ref.name, "cron_expression": thing.record.schedule}
            for thing in _flows(call)
            if isinstance(thing.record, Job) and thing.record.schedule
        ]
    }


def _flows(call: Call) -> list[Thing]:
    query: FlowQuery = call.query
    store = call.catalog.store
    nodes = _jobs(store, query.flow_path, _instances(query.instance, notes.naming_of(store)))
    if not nodes:
        raise NotFound(f"no flow {query.flow_path!r} is known", fix="`strabo search kind:workflow` lists flows")
    return [call.catalog.get(node.ref) for node in nodes]


# --- finding


def _dataset(call: Call, names: Naming) -> tuple[Node, Thing]:
    query: DatasetQuery = call.query
    store = call.catalog.store
    if query.urn:
        node = _by_urn(store, query.urn, names)
    elif query.dataset_id is not None:
        node = _by_id(store, query.dataset_id)
    else:
        raise UsageError("neither datasetId nor urn is given", where="the query", fix="add ?urn=hive:///db/table")
    thing = call.catalog.get(node.ref)
    if not any(isinstance(s.record, Dataset) for s in thing.said) and not thing.said:
        raise NotFound(f"of {thing.ref} nothing is known", fix="POST /dataset says what it is")
    return node, thing


def _by_urn(store: Reader, urn: str, names: Naming) -> Node:
    ref = hosts.load(store).of(ref_of(urn, names))
    node = refs.exact(store, ref)
    if node is None:
        raise NotFound(f"there is no dataset {urn!r}, which is {ref} here", fix=f"`strabo search {naming.leaf(ref)}`")
    return node


def _by_id(store: Reader, number: int | str) -> Node:
    try:
        wanted = int(number)
    except ValueError:
        raise UsageError(f"{number!r} is no id of a dataset", fix="GET /dataset?urn=… says its id") from None
    node = store.nodes([wanted]).get(wanted) if 0 < wanted < 1 << 62 else None
    if node is None or node.kind in _JOBS:
        raise NotFound(f"there is no dataset {wanted}", fix="GET /dataset?urn=… says its id")
    return node


def _jobs(store: Reader, name: str, apps: frozenset[str]) -> list[Node]:
    """The jobs of a name, in all applications or in these."""
    found = store.by_leaf(naming.leaf(Ref("app", name)), _MOST)
    return [n for n in found if n.ref.name == name and n.kind in _JOBS and (not apps or n.ref.namespace in apps)]


def _flow_and_job(call: Call, node: Node) -> tuple[str, str]:
    record = call.catalog.get(node.ref).record
    if not isinstance(record, Job):
        return "", node.ref.name
    if record.parent is None:
        return (node.ref.name, "") if record.kind == "workflow" else ("", node.ref.name)
    flow = record.parent.name
    if node.ref.name.startswith(flow + "/"):
        return flow, split_job(node.ref.name)[1]
    return flow, node.ref.name


def _recent(store: Reader, job: Ref, days: int | None) -> bool:
    """Whether a job ran in so many days; a job whose runs nobody posted may have."""
    run = notes.run_of_job(store, job) if days is not None else None
    when = run.ended or run.started if run is not None else None
    return when is None or days is None or when >= datetime.now(UTC) - timedelta(days=min(days, 100_000))


def _instances(instance: str | None, names: Naming) -> frozenset[str]:
    """The namespaces that an application's name means; empty for any."""
    return frozenset({names.apps.get(instance, instance)}) if instance else frozenset()


def _app(namespace: str, names: Naming) -> str:
    """The name of the application whose jobs live in a namespace."""
    return next((app for app, space in names.apps.items() if space == namespace and not app.isdecimal()), namespace)
