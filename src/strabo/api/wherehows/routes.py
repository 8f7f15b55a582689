"""The paths of the dialect: under `/compat/wherehows`, and at the root as they were."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native.writing import DEFAULT_FEED, feed_of
from strabo.api.problems import Problem, problem
from strabo.api.wherehows import notes, reads, writes
from strabo.api.wherehows.blocks import BLOCKS, BlockBody, Posted, read_block
from strabo.api.wherehows.datasets import DatasetBody, read_dataset
from strabo.api.wherehows.inventory import InventoryBody, read_inventory
from strabo.api.wherehows.job_exec import JobExecBody, read_job_exec
from strabo.api.wherehows.lineage import LineageBody, read_lineage
from strabo.api.wherehows.urns import Naming
from strabo.api.wherehows.writes import Ask
from strabo.catalog.door import Operation
from strabo.errors import BadRecord, StraboError

PREFIX = "/compat/wherehows"
FEED = "wherehows"
_LARGE = 64 * 1024  # bytes of a body that takes long enough to read for others to wait
_GROUP = "WhereHows"

T = TypeVar("T")


class PostQuery(msgspec.Struct, frozen=True, kw_only=True):
    feed: str = ""  # who says it; "wherehows", or the only feed that the caller's token may write


def refused(error: StraboError) -> Reply:
    """An error as this dialect tells it: `return_code` and `error_message`, under the status that is true."""
    reply = problem(error)
    status = 400 if isinstance(error, BadRecord) else reply.status
    said: Problem = reply.value
    message = ": ".join(filter(None, [said.where, said.detail]))
    value = {"return_code": status, "error_message": message, "fix": said.fix}
    return Reply(value=value, status=status, headers=reply.headers)


def _asking(answer: Callable[[Call], dict[str, Any]]) -> Callable[[Call], Reply]:
    def handle(call: Call) -> Reply:
        return Reply(value={"return_code": 200, **answer(call)})

    handle.__doc__ = answer.__doc__
    return handle


def _posting(read: Callable[[bytes], T], operation: Operation, done: str) -> Any:
    async def handle(call: Call) -> Reply:
        body = await asyncio.to_thread(read, call.body) if len(call.body) > _LARGE else read(call.body)
        feed = _feed(call)
        if isinstance(body, Posted):
            call.who.need_feed(writes.owner_feed(feed, body))
        # A post does not change what the feed's word weighs.
        known = await asyncio.to_thread(call.catalog.store.feeds)
        standing = next((f.standing for f in known.values() if f.name == feed), 1)
        said = await call.write(operation, Ask(call.who, body), feed=feed, standing=standing)
        return Reply(value={"return_code": 200, "message": done.format(said)})

    return handle


def _feed(call: Call) -> str:
    """The feed to write as. Raises UsageError for what is no name, AccessDenied for a feed of somebody else."""
    feed = feed_of(call, call.query.feed)
    if feed == DEFAULT_FEED and not call.query.feed:
        feed = FEED
    call.who.need_feed(feed)
    return feed


def _reader_of(path: str) -> Callable[[bytes], Posted]:
    return lambda body: read_block(path, body)


def _naming(call: Call) -> Reply:
    return Reply(value=notes.naming_set(call.catalog.store))


async def _put_naming(call: Call) -> Reply:
    try:
        names = msgspec.json.decode(call.body, type=Naming)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRecord(
            f"the body is no mapping of names: {error}", fix="GET /compat/wherehows/naming shows its form"
        ) from error
    return Reply(value=await call.write(writes.put_naming, Ask(call.who, names), feed=FEED))


def _routes(prefix: str) -> list[Route]:
    def get(path: str, answer: Callable[[Call], dict[str, Any]], query: Any, summary: str) -> Route:
        return Route(
            method="GET",
            path=prefix + path,
            handle=_asking(answer),
            query=query,
            summary=summary,
            group=_GROUP,
            documented=bool(prefix),
            refused=refused,
        )

    def post(
        path: str, read: Callable[[bytes], Any], operation: Operation, body: Any, summary: str, done: str
    ) -> Route:
        return Route(
            method="POST",
            path=prefix + path,
            handle=_posting(read, operation, done),
            needs="ingest",
            query=PostQuery,
            body=body,
            summary=summary,
            group=_GROUP,
            documented=bool(prefix),
            refused=refused,
        )

    found = [
        get("/dataset", reads.dataset, reads.DatasetQuery, "A dataset as one row"),
        post("/dataset", read_dataset, writes.put_dataset, DatasetBody, "Say what a dataset is", "{} is stored"),
        get("/dataset/watchers", reads.watchers, reads.WatchersQuery, "Who watches a dataset: nobody"),
        get("/dataset/properties", reads.like_properties, reads.PropertiesQuery, "Datasets that some words find"),
        get("/dataset/inventory", reads.inventory, reads.InventoryQuery, "The datasets of a platform"),
        post(
            "/dataset/inventory",
            read_inventory,
            writes.put_inventory,
            InventoryBody,
            "Say which datasets a platform has",
            "{} datasets are stored",
        ),
        get("/dataset/{id}/dependents", reads.dependents, None, "What is made of a dataset"),
        get("/dependents/dataset/{uri*}", reads.dependents, None, "What is made of a dataset"),
        get("/dependency/dataset", reads.dependency, reads.DependencyQuery, "What a dataset is made of"),
        get("/lineage/dataset", reads.dataset_lineage, reads.DatasetLineageQuery, "The jobs around a dataset"),
        get("/lineage/job", reads.job_lineage, reads.JobQuery, "What a job reads and writes"),
        get("/lineage/job/exec/flow", reads.flow_run_lineage, reads.FlowRunQuery, "The same of one run of its flow"),
        get("/lineage/job/exec/job", reads.job_run_lineage, reads.JobRunQuery, "The same of one run of the job"),
        post(
            "/lineage", read_lineage, writes.put_lineage, LineageBody, "Tell of one execution of a job", "{} is stored"
        ),
        post(
            "/lineage/job/exec",
            read_job_exec,
            writes.put_job_exec,
            JobExecBody,
            "Tell of one execution of a job and its columns",
            "{} is stored",
        ),
        get("/flow/owner", reads.flow_owner, reads.FlowQuery, "Who owns a flow"),
        get("/flow/schedule", reads.flow_schedule, reads.FlowQuery, "When a flow runs"),
    ]
    for path, name in BLOCKS.items():
        found.append(get(f"/dataset/{path}", reads.block, reads.DatasetQuery, f"What is known of {name}"))
        found.append(
            post(f"/dataset/{path}", _reader_of(path), writes.put_block, BlockBody, f"Replace {name}", "{} is stored")
        )
    return found


def _settings() -> Sequence[Route]:
    return (
        Route(
            method="GET",
            path=f"{PREFIX}/naming",
            handle=_naming,
            answer=Naming,
            summary="How URNs, databases and applications are mapped to namespaces",
            group=_GROUP,
        ),
        Route(
            method="PUT",
            path=f"{PREFIX}/naming",
            handle=_put_naming,
            needs="admin",
            body=Naming,
            answer=Naming,
            summary="Set how URNs, databases and applications are mapped to namespaces",
            group=_GROUP,
        ),
    )


ROUTES: tuple[Route, ...] = (*_routes(PREFIX), *_settings(), *_routes(""))
"""All of them; those at the root are left out of the documentation."""
