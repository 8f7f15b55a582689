"""One object put or taken away: a dataset or a job, with what is said of it, under its own address."""

from typing import Annotated, Any

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native.paging import ref_path
from strabo.api.native.writing import conditions_of, done, feed_of, key_of, refused
from strabo.api.native.wrong import FIX, explained
from strabo.api.problems import Refused
from strabo.catalog.pushing import Putting, Taking, Unstored, put, take
from strabo.errors import AccessDenied, UsageError
from strabo.model import codec
from strabo.model.records import (
    Dataset,
    Definition,
    Description,
    Job,
    Owner,
    Ownership,
    Record,
    Tag,
    Tags,
)
from strabo.model.ref import Ref


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    feed: Annotated[str, msgspec.Meta(description="Who says it; else `push`.")] = ""


class DefinitionText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The text that makes the object, as in the record `definition`."""

    text: str
    dialect: str
    search_path: tuple[str, ...] = ()
    language: str = "sql"


_PARTS: list[tuple[str, Any, Any]] = [
    ("definition", DefinitionText | None | msgspec.UnsetType, msgspec.UNSET),
    ("description", str | None | msgspec.UnsetType, msgspec.UNSET),
    ("owners", tuple[str | Owner, ...] | None | msgspec.UnsetType, msgspec.UNSET),
    ("tags", tuple[str | Tag, ...] | None | msgspec.UnsetType, msgspec.UNSET),
]


def _body_of(kind: type[msgspec.Struct], name: str) -> type[msgspec.Struct]:
    """The record without its ref, which the address says, and with what else a body may say of the object."""
    own: list[Any] = [(f.name, f.type, _default(f)) for f in msgspec.structs.fields(kind) if f.name != "ref"]
    told: list[Any] = [("ref", Ref | None, None), ("type", str | None, None)]
    return msgspec.defstruct(
        name,
        own + told + _PARTS,
        kw_only=True,
        frozen=True,
        forbid_unknown_fields=True,
        module=__name__,
        namespace={
            "__doc__": f"A `{codec.tag(kind)}` record; with what is said of the object besides. "  # type: ignore[arg-type]
            "What is left out of definition, description, owners and tags stays as it is; null ends it."
        },
    )


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.field(default_factory=field.default_factory)
    return field.default


DatasetBody = _body_of(Dataset, "DatasetBody")
JobBody = _body_of(Job, "JobBody")
_KINDS: dict[str, tuple[type[Dataset] | type[Job], type[msgspec.Struct]]] = {
    "dataset": (Dataset, DatasetBody),
    "job": (Job, JobBody),
}


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it; the new ETag is in the header."""

    ref: Ref
    created: bool
    written: int
    unchanged: int


async def put_dataset(call: Call) -> Reply:
    return await _put(call, "dataset")


async def put_job(call: Call) -> Reply:
    return await _put(call, "job")


async def delete_dataset(call: Call) -> Reply:
    return await _delete(call, "dataset")


async def delete_job(call: Call) -> Reply:
    return await _delete(call, "job")


async def _put(call: Call, tag: str) -> Reply:
    ref = Ref(call.path["namespace"], call.path["name"])
    records, ends = _said(call.body, tag, ref)
    _allow(call, records[0])
    payload = Putting(records=records, ends=ends, when=conditions_of(call), key=key_of(call))
    try:
        told = await done(call, put, payload, feed_of(call, call.query.feed))
    except Unstored as error:
        raise Refused(422, error.failures[0].error, fix=error.failures[0].fix) from error
    headers = {"etag": f'"{told.mark}"', **({"idempotency-replayed": "true"} if told.again else {})}
    if told.created:
        headers["location"] = f"/api/v1/{tag}s/{ref_path(ref)}"
    value = Stored(ref=ref, created=told.created, written=told.written, unchanged=told.unchanged)
    return Reply(value=value, status=201 if told.created else 200, headers=headers)


async def _delete(call: Call, tag: str) -> Reply:
    ref = Ref(call.path["namespace"], call.path["name"])
    _allow(call, Description(ref=ref, text=""))
    payload = Taking(ref=ref, tag=tag, when=conditions_of(call), key=key_of(call))
    await done(call, take, payload, feed_of(call, call.query.feed))
    return Reply(status=204)


def _allow(call: Call, record: Record) -> None:
    why = refused(call, record)
    if why:
        raise AccessDenied(why, fix=f"its namespaces: {', '.join(call.who.namespaces)}")


def _said(content: bytes, tag: str, ref: Ref) -> tuple[list[Record], list[str]]:
    """The records that a body makes, and the kinds of those that end. Raises UsageError saying what is wrong, where."""
    kind, body_kind = _KINDS[tag]
    try:
        body: Any = msgspec.json.decode(content, type=body_kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        said, column = explained(error, content, body_kind)
        raise UsageError(said, where=f"byte {column} of the body" if column else "the body", fix=FIX) from None
    if body.ref not in {None, ref} or body.type not in {None, tag}:
        raise UsageError(
            "the body speaks of another object than the address", where="the body", fix="leave ref and type out of it"
        )
    fields = {f: getattr(body, f) for f in kind.__struct_fields__ if f != "ref"}
    records: list[Record] = [kind(ref=ref, **fields)]
    ends: list[str] = []
    for name, of, make in (
        ("definition", "definition", lambda d: Definition(ref=ref, **msgspec.structs.asdict(d))),
        ("description", "description", lambda text: Description(ref=ref, text=text)),
        ("owners", "ownership", lambda several: Ownership(ref=ref, owners=tuple(map(_owner, several)))),
        ("tags", "tags", lambda several: Tags(ref=ref, tags=tuple(map(_tag, several)))),
    ):
        value = getattr(body, name)
        if value is None:
            ends.append(of)
        elif value is not msgspec.UNSET:
            records.append(make(value))
    return records, ends


def _owner(said: str | Owner) -> Owner:
    return Owner(name=said) if isinstance(said, str) else said


def _tag(said: str | Tag) -> Tag:
    return Tag(name=said) if isinstance(said, str) else said


ROUTES = [
    Route(
        method="PUT",
        path="/api/v1/datasets/{namespace}/{name}",
        handle=put_dataset,
        summary="Say what a dataset is, in place of what this feed said before",
        needs="ingest",
        query=Feed,
        body=DatasetBody,
        answer=Stored,
        group="Writing",
    ),
    Route(
        method="DELETE",
        path="/api/v1/datasets/{namespace}/{name}",
        handle=delete_dataset,
        summary="Take back all that this feed says of a dataset; its history stays",
        needs="ingest",
        query=Feed,
        status=204,
        group="Writing",
    ),
    Route(
        method="PUT",
        path="/api/v1/jobs/{namespace}/{name}",
        handle=put_job,
        summary="Say what a job is, in place of what this feed said before",
        needs="ingest",
        query=Feed,
        body=JobBody,
        answer=Stored,
        group="Writing",
    ),
    Route(
        method="DELETE",
        path="/api/v1/jobs/{namespace}/{name}",
        handle=delete_job,
        summary="Take back all that this feed says of a job; its history stays",
        needs="ingest",
        query=Feed,
        status=204,
        group="Writing",
    ),
]
