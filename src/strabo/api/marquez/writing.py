"""The writes: handlers that put something through the door, then show what there is."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import msgspec

from strabo.api.http import Call, Reply
from strabo.api.marquez import bodies, operations, reading
from strabo.api.marquez.answers import Json, body_of, conflict, time_of
from strabo.api.marquez.bodies import DatasetBody, JobBody, NamespaceBody, RunBody
from strabo.api.marquez.cards import Card
from strabo.api.marquez.datasets import fields_of
from strabo.api.marquez.hidden import namespace_key, node_key
from strabo.api.marquez.listing import What
from strabo.api.marquez.namespaces import SOURCES, TAGS, Source, Tag, namespace, source, without_password
from strabo.api.marquez.operations import FEED, STANDING, Noting, Saying
from strabo.api.marquez.runs import find_run, remember
from strabo.catalog import events as folded
from strabo.errors import AccessDenied, NotFound
from strabo.model import naming, records
from strabo.model.ref import Ref
from strabo.openlineage.event import Event, check_name, parse
from strabo.openlineage.spoken import spoken_of
from strabo.store.protocol import Reader

_APART = 256 * 1024  # bytes from which an event is read on a thread of its own


class MomentQuery(msgspec.Struct, frozen=True, kw_only=True):
    at: str = ""


class SourceBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    type: str
    connection_url: str
    description: str | None = None


async def read(call: Call, view: Callable[..., Any], *args: Any) -> Any:
    """What a read says, asked on a thread: the loop must not wait for the store."""
    return await asyncio.to_thread(view, call.catalog.store, *args)


def may(call: Call, *refs: Ref) -> None:
    """Raises AccessDenied for an object that is not this caller's to write about."""
    refused = call.who.refused([naming.normal(ref) for ref in refs])
    if refused:
        raise AccessDenied(refused, fix="use a token for this namespace: `strabo token create`")


async def say(call: Call, saying: Saying) -> None:
    await call.write(operations.say, saying, feed=FEED, standing=STANDING)


async def tell(call: Call, *events: Event) -> Any:
    """Folds events as if they had been pushed as such."""
    may(call, *(ref for event in events for ref in spoken_of(event)))
    return await call.write(folded.fold_events, list(events), feed=folded.FEED, standing=folded.STANDING)


# --- namespaces, sources, tags


async def put_namespace(call: Call) -> Json:
    ref = naming.normal(bodies.ref_of(call.path["namespace"], "", "namespace"))
    may(call, ref)
    await say(call, Saying(records=bodies.namespace_records(ref, body_of(call, NamespaceBody))))
    answer: Json = await read(call, namespace, ref.namespace)
    return answer


async def delete_namespace(call: Call) -> Json:
    """Hides it and all that is in it, until something is said of it again."""
    ref = naming.normal(bodies.ref_of(call.path["namespace"], "", "namespace"))
    may(call, ref)
    await read(call, namespace, ref.namespace)
    await call.write(operations.hide, namespace_key(ref.namespace), feed=FEED, standing=STANDING)
    answer: Json = await read(call, namespace, ref.namespace)
    return answer


async def put_source(call: Call) -> Json:
    name, body = call.path["source"], body_of(call, SourceBody)
    check_name(name, "source")
    try:
        before = await read(call, source, name)
    except NotFound:
        before = {}
    said = Source(
        type=body.type,
        connection_url=without_password(body.connection_url),
        description=body.description,
        created_at=before.get("createdAt"),
    )
    note = Noting(space=SOURCES, key=name, body=msgspec.json.encode(said))
    await call.write(operations.note, note, feed=FEED, standing=STANDING)
    answer: Json = await read(call, source, name)
    return answer


async def put_tag(call: Call) -> Json:
    name, body = call.path["tag"], body_of(call, Tag)
    check_name(name, "tag")
    note = Noting(space=TAGS, key=name, body=msgspec.json.encode(body))
    await call.write(operations.note, note, feed=FEED, standing=STANDING)
    return {"name": name, "description": body.description or ""}


# --- datasets


async def put_dataset(call: Call) -> Json:
    ref = naming.normal(bodies.ref_of(call.path["namespace"], call.path["dataset"]))
    may(call, ref)
    body = body_of(call, DatasetBody)
    run = await read(call, find_run, body.run_id) if body.run_id else None
    try:
        url = (await read(call, source, body.source_name))["connectionUrl"]
    except NotFound:
        url = None
    events = [bodies.dataset_event(ref, body, url)]
    if run is not None and body.run_id:
        events.append(bodies.dataset_run_event(run[0].ref, body.run_id, ref))
    await tell(call, *events)
    tags = bodies.tags_of(body)
    if tags:
        await say(call, Saying(ref=ref, add=tags))
    answer: Json = await read(call, reading.the_dataset, ref.namespace, ref.name)
    return answer


async def delete_dataset(call: Call) -> Json:
    answer: Json = await read(call, reading.the_dataset, call.path["namespace"], call.path["dataset"])
    await _delete(call, await _card(call, "dataset", call.path["dataset"]))
    return answer


async def _delete(call: Call, card: Card) -> None:
    may(call, card.ref)
    await call.write(operations.hide, node_key(card.node), feed=FEED, standing=STANDING)


async def tag_dataset(call: Call) -> Json:
    return await _dataset_tag(call, call.path["dataset"], None, call.path["tag"], add=True)


async def untag_dataset(call: Call) -> Json:
    return await _dataset_tag(call, call.path["dataset"], None, call.path["tag"], add=False)


async def tag_field(call: Call) -> Json:
    return await _dataset_tag(call, call.path["dataset"], call.path["field"], call.path["tag"], add=True)


async def untag_field(call: Call) -> Json:
    return await _dataset_tag(call, call.path["dataset"], call.path["field"], call.path["tag"], add=False)


async def _dataset_tag(call: Call, name: str, field: str | None, tag: str, *, add: bool) -> Json:
    card = await _card(call, "dataset", name)
    if field is not None and field not in {f["name"] for f in fields_of(card.dataset, (), {})}:
        raise NotFound(f"{card.ref} has no field {field[:200]!r}", fix="GET the dataset to see its fields")
    await _tag(call, card, records.Tag(name=tag, column=field), add=add)
    answer: Json = await read(call, reading.the_dataset, card.ref.namespace, card.ref.name)
    return answer


async def tag_job(call: Call) -> Json:
    return await _job_tag(call, add=True)


async def untag_job(call: Call) -> Json:
    return await _job_tag(call, add=False)


async def _job_tag(call: Call, *, add: bool) -> Json:
    card = await _card(call, "job", call.path["job"])
    await _tag(call, card, records.Tag(name=call.path["tag"]), add=add)
    answer: Json = await read(call, reading.the_job, card.ref.namespace, card.ref.name)
    return answer


async def _tag(call: Call, card: Card, tag: records.Tag, *, add: bool) -> None:
    """Raises Refused 409 where another feed gave the tag: it would come back with the next thing that feed says."""
    check_name(tag.name, "tag")
    may(call, card.ref)
    if not add:
        said = [(t.feed, t.record) for t in card.told if isinstance(t.record, records.Tags)]
        others = sorted({feed for feed, r in said if feed != FEED and any(_same(tag, t) for t in r.tags)})
        if others:
            raise conflict(
                f"the tag {tag.name!r} comes from {', '.join(others)}", fix="take it away where it was given"
            )
    await say(call, Saying(ref=card.ref, add=[tag] if add else [], drop=[] if add else [tag]))


def _same(one: records.Tag, other: records.Tag) -> bool:
    return (one.name, one.column) == (other.name, other.column)


async def _card(call: Call, what: What, name: str) -> Card:
    found: Card = await read(call, reading.card_of, what, call.path["namespace"], name)
    return found


# --- names with slashes that the pages did not quote


async def delete_plain_dataset(call: Call) -> Json:
    """`…/datasets/a/b` is the dataset `a/b`; `…/datasets/a/b/tags/t` its tag."""
    name, tag = await _plain(call, "dataset")
    if tag is not None:
        return await _dataset_tag(call, name, None, tag, add=False)
    answer: Json = await read(call, reading.the_dataset, call.path["namespace"], name)
    await _delete(call, await _card(call, "dataset", name))
    return answer


async def tag_plain_dataset(call: Call) -> Json:
    name, tag = await _plain(call, "dataset")
    if tag is None:
        raise NotFound("there is nothing to post to here", fix="POST …/datasets/{dataset}/tags/{tag}")
    return await _dataset_tag(call, name, None, tag, add=True)


async def delete_plain_job(call: Call) -> Json:
    name, tag = await _plain(call, "job")
    if tag is not None:
        card = await _card(call, "job", name)
        await _tag(call, card, records.Tag(name=tag), add=False)
        tagged: Json = await read(call, reading.the_job, card.ref.namespace, card.ref.name)
        return tagged
    answer: Json = await read(call, reading.the_job, call.path["namespace"], name)
    await _delete(call, await _card(call, "job", name))
    return answer


async def tag_plain_job(call: Call) -> Json:
    name, tag = await _plain(call, "job")
    if tag is None:
        raise NotFound("there is nothing to post to here", fix="POST …/jobs/{job}/tags/{tag}")
    card = await _card(call, "job", name)
    await _tag(call, card, records.Tag(name=tag), add=True)
    tagged: Json = await read(call, reading.the_job, card.ref.namespace, card.ref.name)
    return tagged


async def _plain(call: Call, what: What) -> tuple[str, str | None]:
    """The name, and the tag if the path goes on with one: an object of the whole text comes first."""
    text = call.path["rest"]
    name, found, tag = text.rpartition("/tags/")
    if found and tag and not await read(call, _there, what, call.path["namespace"], text):
        return name, tag
    return text, None


def _there(reader: Reader, what: What, namespace: str, name: str) -> bool:
    try:
        reading.card_of(reader, what, namespace, name)
    except NotFound:
        return False
    return True


# --- jobs and runs


async def put_job(call: Call) -> Json:
    ref = naming.normal(bodies.ref_of(call.path["namespace"], call.path["job"]))
    body = body_of(call, JobBody)
    events = [bodies.job_event(ref, body)]
    if body.run_id:
        await read(call, find_run, body.run_id)
        events.append(bodies.job_run_event(ref, body.run_id, body))
    await tell(call, *events)
    answer: Json = await read(call, reading.the_job, ref.namespace, ref.name)
    return answer


async def delete_job(call: Call) -> Json:
    answer: Json = await read(call, reading.the_job, call.path["namespace"], call.path["job"])
    await _delete(call, await _card(call, "job", call.path["job"]))
    return answer


async def post_run(call: Call) -> Reply:
    """201 and the run, also where it is there already: a request that was sent again makes no second one."""
    card = await _card(call, "job", call.path["job"])
    body = body_of(call, RunBody)
    run = body.id or str(uuid4())
    check_name(run, "$.id")
    await tell(call, bodies.created_event(card.ref, run, body))
    await read(call, remember, card.node, [run])
    answer = await read(call, reading.the_run, run)
    return Reply(value=answer, status=201, headers={"location": f"/compat/marquez/api/v1/jobs/runs/{run}"})


async def start_run(call: Call) -> Json:
    return await _transition(call, "start")


async def complete_run(call: Call) -> Json:
    return await _transition(call, "complete")


async def fail_run(call: Call) -> Json:
    return await _transition(call, "fail")


async def abort_run(call: Call) -> Json:
    return await _transition(call, "abort")


async def _transition(call: Call, transition: str) -> Json:
    at = time_of(call.query.at, "at")
    card, _ = await read(call, find_run, call.path["run"])
    await tell(call, bodies.state_event(card.ref, call.path["run"], transition, at))
    answer: Json = await read(call, reading.the_run, call.path["run"])
    return answer


def _event(call: Call) -> Event:
    return parse(body_of(call, dict[str, Any]))


async def post_lineage(call: Call) -> Reply:
    """201 without content when the event is stored. Raises UsageError for no JSON, BadRecord for no event."""
    event = await asyncio.to_thread(_event, call) if len(call.body) > _APART else _event(call)
    await tell(call, event)
    return Reply(value=b"", status=201)
