"""POST /loads: a whole staged file, published scope by scope, with retirement on proof; answered by its run."""

import asyncio
import os
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated, Any
from weakref import WeakSet

import msgspec
import zstandard

from strabo.api.http import Call, Reply, Route
from strabo.api.native.runs import RunShown, told
from strabo.api.native.writing import feed_of, key_of, refused
from strabo.api.problems import Refused
from strabo.catalog import ingesting
from strabo.catalog.catalog import Catalog
from strabo.catalog.pushing import Done, Key, Remembering, remember, remembered
from strabo.errors import AccessDenied, Overloaded, StraboError, UsageError
from strabo.ingest import artifact
from strabo.ingest.contracts import RunContext
from strabo.ingest.report import Report
from strabo.ingest.runner import Steps
from strabo.model.records import Failed, Record
from strabo.model.ref import Ref

MEDIA = ("application/x-ndjson", "application/zstd", "application/gzip")
_MAGIC = {b"\x28\xb5\x2f\xfd": ".jsonl.zst", b"\x1f\x8b": ".jsonl.gz"}
_UNPACKED = 8 << 30  # bytes that a file may unpack to: read in little memory, but not for ever
_CHUNK = 1 << 20
_BODY = Ref("file", "body of the request")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    feed: Annotated[str, msgspec.Meta(description="Who says it; else the feed in the file's header.")] = ""
    confirm: Annotated[bool, msgspec.Meta(description="Retire what is gone, however much it is.")] = False


_loading: WeakSet[Catalog] = (
    WeakSet()
)  # one at a time: a load holds the catalog's only pen for as long as a scope takes


async def post(call: Call) -> Reply:
    if not call.body:
        raise Refused(400, "the body is empty", fix="send a staged file: --data-binary @run.jsonl.zst")
    key = key_of(call)
    if call.catalog in _loading:
        raise Overloaded("another load is under way", fix="send it again when that one is done", wait=5)
    _loading.add(call.catalog)
    try:
        before = None if key is None else await asyncio.to_thread(remembered, call.catalog.store, key)
        if before is not None:
            return _answer(msgspec.json.decode(before.value), {"idempotency-replayed": "true"})
        return _answer(await _once(call, key), {})
    finally:
        _loading.discard(call.catalog)


async def _once(call: Call, key: Key | None) -> dict[str, Any]:
    """The report, kept under its key before another load may begin: that one may be the same, sent again."""
    report, feed = await asyncio.to_thread(_load, call)
    value: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(told(report)))
    if key is not None:
        done = Done(value=msgspec.json.encode(value).decode())
        await call.write(remember, Remembering(key=key, done=done), feed=feed)
    return value


def _answer(report: dict[str, Any], headers: dict[str, str]) -> Reply:
    if report["status"] == "held":
        raise Refused(
            409,
            f"run {report['run']} would retire {report['proposed']} objects, so it waits for a person's word",
            fix=f"look at /api/v1/runs/{report['run']}/objects?state=proposed, then send it again with confirm=true",
            items=[report],
        )
    return Reply(value=report, headers=headers)


def _load(call: Call) -> tuple[Report, str]:
    """The report of the run, and its feed. Raises UsageError for a damaged file: nothing of it is then stored."""
    suffix = next((s for magic, s in _MAGIC.items() if call.body.startswith(magic)), ".jsonl")
    handle, path = tempfile.mkstemp(suffix=suffix, prefix="strabo-load-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(call.body)
        _bounded(path, suffix)
        try:
            header = artifact.peek(path)
            feed = feed_of(call, call.query.feed, header.feed)
            call.who.need_feed(feed)
            artifact.verify(path)
            _allow(call, path)
            return _run(call, path, feed), feed
        except StraboError as error:
            raise _without(path, error) from error
    finally:
        Path(path).unlink(missing_ok=True)


def _run(call: Call, path: str, feed: str) -> Report:
    store = call.catalog.store
    standing = next((f.standing for f in store.feeds().values() if f.name == feed), 1)
    context = RunContext(
        feed=feed,
        catalog=call.catalog.path,
        columns_of=call.catalog.columns,
        standing=standing,
        confirmed=call.query.confirm,
        actor=call.who.name,
        origin=call.who.address,
        call=f"{call.route.method} {call.route.path}",
    )
    source = f"pushed by {call.who.name} from {call.who.address}"
    return ingesting.run_workflow(store, Steps(_Sent(path)), context, workflow=source)


class _Sent:
    """The file as a source. It has no place of its own: what is wrong with a line is told of the body."""

    def __init__(self, path: str) -> None:
        self._path = path

    def read(self) -> Iterator[Record]:
        for record in artifact.read(self._path):
            own = isinstance(record, Failed) and record.ref == Ref("file", self._path)
            yield msgspec.structs.replace(record, ref=_BODY) if own else record


def _allow(call: Call, path: str) -> None:
    """Raises AccessDenied when the file speaks of what this caller may not write about."""
    if not call.who.namespaces:
        return
    for record in artifact.read(path):
        why = refused(call, record)
        if why and record.ref != Ref("file", path):
            raise AccessDenied(why, fix=f"leave it out; its namespaces: {', '.join(call.who.namespaces)}")


def _bounded(path: str, suffix: str) -> None:
    """Raises Refused 413 for a file that unpacks to too much, UsageError for one that does not unpack."""
    size = 0
    try:
        with Path(path).open("rb") as file:
            for chunk in _unpacked(file, suffix):
                size += len(chunk)
                if size > _UNPACKED:
                    raise Refused(413, f"it unpacks to more than {_UNPACKED:,} bytes", fix="stage it in several files")
    except (zstandard.ZstdError, zlib.error) as error:
        raise UsageError(
            f"it does not unpack: {error}", where="the body", fix="send the file as it was staged"
        ) from error


def _unpacked(file: IO[bytes], suffix: str) -> Iterator[bytes]:
    if suffix == ".jsonl.zst":
        made = zstandard.ZstdDecompressor(max_window_size=128 << 20)
        with made.stream_reader(file, read_across_frames=True, closefd=False) as reader:
            while chunk := reader.read(_CHUNK):
                yield chunk
    elif suffix == ".jsonl.gz":
        packed = file.read(_CHUNK)
        while packed:
            member = zlib.decompressobj(wbits=31)
            while packed and not member.eof:
                yield member.decompress(packed, _CHUNK)
                packed = member.unconsumed_tail or member.unused_data or file.read(_CHUNK)


def _without(path: str, error: StraboError) -> StraboError:
    """The error as of the body: where the server keeps it meanwhile is nobody's business."""
    error.what = error.what.replace(path, "the body")
    error.where = error.where.replace(path, "the body")
    error.fix = error.fix.replace(path, "the body")
    return error


ROUTES = [
    Route(
        method="POST",
        path="/api/v1/loads",
        handle=post,
        summary="Load a whole staged file: each scope at once, and what is gone retired",
        needs="ingest",
        query=Asked,
        body=bytes,
        media=MEDIA,
        answer=RunShown,
        group="Writing",
    ),
]
