"""POST /edges: these datasets feed those, through this job, with these columns. Fits in one line of curl."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from strabo.api.http import Call, Reply, Route
from strabo.api.native.names import meant
from strabo.api.native.objects import Feed
from strabo.api.native.writing import done, feed_of, key_of, refused
from strabo.api.native.wrong import FIX, explained
from strabo.api.problems import Refused
from strabo.catalog.pushing import Done, Key, Push, Unstored, push, remembered
from strabo.errors import AccessDenied, UsageError
from strabo.model import naming
from strabo.model.records import ColumnEdge, Lineage, Record, Upstream
from strabo.model.ref import Ref
from strabo.store.protocol import Reader

_MOST = 1000  # inputs, and outputs, of one statement


class Edges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names are `namespace/name` (`namespace:name` where the namespace is no URL), any ending that only one known
    object has, or objects with `namespace` and `name`. `columns`: for each column of the outputs those that make it,
    as `orders.amount`, or `amount` where there is one input. The same job about the same output again replaces what
    it said.
    """

    inputs: tuple[str | Ref, ...]
    outputs: tuple[str | Ref, ...]
    job: str | Ref | None = None
    columns: dict[str, tuple[str, ...]] = {}
    feed: str = ""


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """How the names were understood, and how many of the outputs' lineages are new or as they were."""

    inputs: list[Ref]
    outputs: list[Ref]
    job: Ref | None
    written: int
    unchanged: int


async def post(call: Call) -> Reply:
    said = _decoded(call.body)
    feed = feed_of(call, said.feed, call.query.feed)
    key = key_of(call)
    try:
        known = await asyncio.to_thread(_known, call.catalog.store, key, said)
    except Refused as error:
        if not call.who.may("read"):  # what there is, is not for this caller to learn
            raise Refused(error.status, error.what, fix="say more of the name, or all of it") from None
        raise
    if isinstance(known, Done):  # answered as it was then, whatever the names would mean now
        return _reply(known)
    inputs, outputs, job = known
    columns = _columns(said.columns, inputs)
    upstreams = tuple(Upstream(ref=ref, columns=columns.get(ref, ())) for ref in inputs)
    records: list[Record] = [Lineage(ref=ref, upstreams=upstreams, job=job) for ref in outputs]
    for record in records:
        why = refused(call, record)
        if why:
            raise AccessDenied(why, fix=f"its namespaces: {', '.join(call.who.namespaces)}")
    value = msgspec.json.encode({"inputs": inputs, "outputs": outputs, "job": job}).decode()
    try:
        return _reply(await done(call, push, Push(records=records, whole=True, key=key, value=value), feed))
    except Unstored as error:
        raise Refused(422, error.failures[0].error, fix=error.failures[0].fix) from error


def _reply(told: Done) -> Reply:
    names = msgspec.json.decode(told.value)
    headers = {"idempotency-replayed": "true"} if told.again else {}
    return Reply(value={**names, "written": told.written, "unchanged": told.unchanged}, headers=headers)


def _decoded(content: bytes) -> Edges:
    try:
        said = msgspec.json.decode(content, type=Edges)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        what, column = explained(error, content, Edges)
        raise UsageError(what, where=f"byte {column} of the body" if column else "the body", fix=FIX) from None
    for name in ("inputs", "outputs"):
        count = len(getattr(said, name))
        if not 0 < count <= _MOST:
            raise UsageError(
                f"{name} has {count:,} names", where="the body", fix=f"name from 1 to {_MOST:,} datasets there"
            )
    return said


_Named = tuple[list[Ref], list[Ref], Ref | None]


def _known(reader: Reader, key: Key | None, said: Edges) -> Done | _Named:
    before = remembered(reader, key) if key else None
    return before or _named(reader, said)


def _named(reader: Reader, said: Edges) -> _Named:
    def one(name: str | Ref) -> Ref:
        return meant(reader, name) if isinstance(name, str) else naming.normal(name)

    def several(names: Sequence[str | Ref]) -> list[Ref]:
        return list(dict.fromkeys(map(one, names)))

    return several(said.inputs), several(said.outputs), None if said.job is None else one(said.job)


def _columns(said: Mapping[str, Sequence[str]], inputs: Sequence[Ref]) -> dict[Ref, tuple[ColumnEdge, ...]]:
    found: dict[Ref, dict[ColumnEdge, None]] = {}
    for target, sources in said.items():
        for text in sources:
            ref, column = _column(text, inputs)
            found.setdefault(ref, {})[ColumnEdge(source=column, target=target, how="transformation")] = None
    return {ref: tuple(edges) for ref, edges in found.items()}


def _column(text: str, inputs: Sequence[Ref]) -> tuple[Ref, str]:
    """The input and its column that a text means: the longest ending of an input's name that it begins with."""
    folded = text.casefold()
    best: dict[Ref, str] = {}
    longest = 0
    for ref in inputs:
        for name in _endings(ref):
            if len(name) >= longest and folded.startswith(f"{name.casefold()}.") and len(text) > len(name) + 1:
                if len(name) > longest:
                    best, longest = {}, len(name)
                best[ref] = text[len(name) + 1 :]
    if len(best) == 1:
        return best.popitem()
    if not best and len(inputs) == 1 and text:
        return inputs[0], text
    shown = ", ".join(str(ref) for ref in list(best or inputs)[:5])
    raise UsageError(
        f"{text!r} is a column of none of the inputs" if not best else f"{text!r} could be of several inputs",
        where="columns",
        fix=f"write input.column with more of the input's name; the inputs are {shown}",
    )


def _endings(ref: Ref) -> set[str]:
    steps = naming.parts(ref)
    if not all(steps):  # "...", which is no name that was taken together from parts
        return {str(ref), ref.name} - {""}
    sign = "/" if naming.platform(ref.namespace) in naming.PATHS else "."
    plain = {sign.join(steps[at:]) for at in range(len(steps))}
    quoted = {naming.join(*steps[at:]) for at in range(len(steps))}
    return {str(ref), ref.name, naming.leaf(ref), *plain, *quoted} - {""}


ROUTES = [
    Route(
        method="POST",
        path="/api/v1/edges",
        handle=post,
        summary="Say that these datasets feed those",
        needs="ingest",
        query=Feed,
        body=Edges,
        answer=Drawn,
        group="Writing",
    ),
]
