"""An OpenLineage event as it is sent: checked where it must be, taken as it is everywhere else.

https://openlineage.io/apidocs/openapi/ and spec/OpenLineage.json 2-0-2. What the contract leaves open is kept: any
facet, any version, any producer. Formats are warned about and never enforced: a run id that is no UUID is a run id.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from strabo.errors import BadRecord
from strabo.model import codec
from strabo.model.ref import Ref

Facets = dict[str, Any]
_canonical = msgspec.json.Encoder(order="sorted").encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST = 4096  # characters of a namespace or a name

TYPES = frozenset({"START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"})
TERMINAL = frozenset({"COMPLETE", "ABORT", "FAIL"})


class _Wire(msgspec.Struct, frozen=True, kw_only=True):
    """Unknown keys are kept in the event's bytes, not here. Some producers write null for what is not there."""


class DatasetPart(_Wire, frozen=True, kw_only=True):
    namespace: str
    name: str
    facets: dict[str, Any] | None = None
    inputFacets: dict[str, Any] | None = None  # noqa: N815 - the names are the specification's
    outputFacets: dict[str, Any] | None = None  # noqa: N815


class JobPart(_Wire, frozen=True, kw_only=True):
    namespace: str
    name: str
    facets: dict[str, Any] | None = None


class RunPart(_Wire, frozen=True, kw_only=True):
    runId: str  # noqa: N815
    facets: dict[str, Any] | None = None


class _Body(_Wire, frozen=True, kw_only=True):
    eventTime: str  # noqa: N815
    producer: str | None = None
    schemaURL: str | None = None  # noqa: N815
    eventType: str | None = None  # noqa: N815
    run: RunPart | None = None
    job: JobPart | None = None
    dataset: DatasetPart | None = None
    inputs: list[DatasetPart] | None = None
    outputs: list[DatasetPart] | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event: what it is about, when it happened, and its own bytes in canonical form.

    Of `run` (with `job`), `job` alone and `dataset` alone, one is the subject; a run wins over the others.
    """

    at: int  # microseconds since 1970, of eventTime
    type: str  # "" where it says none
    job: JobPart | None
    run: RunPart | None
    dataset: DatasetPart | None
    inputs: tuple[DatasetPart, ...]
    outputs: tuple[DatasetPart, ...]
    listed: bool  # whether it says inputs or outputs at all; an absent list means: nothing new
    body: bytes  # canonical JSON: keys sorted; the same content gives the same bytes
    digest: bytes
    warnings: tuple[str, ...] = ()


def parse(body: bytes | dict[str, Any]) -> Event:
    """The event in a JSON text or a decoded one. Raises BadRecord with the place of what is wrong."""
    try:
        value = msgspec.json.decode(body) if isinstance(body, bytes) else body
        canonical = _canonical(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, TypeError) as error:
        raise BadRecord(f"not JSON: {error}", fix="send one OpenLineage event as a JSON object") from error
    if not isinstance(value, dict):
        raise BadRecord("not an event: a JSON object is needed", fix="a list of events goes to …/lineage/batch")
    try:
        read = msgspec.convert(value, _Body)
    except msgspec.ValidationError as error:
        raise BadRecord(
            f"not an OpenLineage event: {error}", fix="https://openlineage.io/docs/spec/object-model"
        ) from error
    at, warnings = _time(read.eventTime)
    _check(read)
    kind = read.eventType or ""
    if kind not in TYPES and kind.upper() in TYPES:
        warnings.append(f"eventType {kind!r} is taken as {kind.upper()}")
        kind = kind.upper()
    if kind and kind not in TYPES:
        warnings.append(f"eventType {kind[:40]!r} is not one of the specification's; taken as OTHER")
        kind = "OTHER"
    if read.run is not None:
        warnings += _run_id(read.run.runId)
    for name in ("producer", "schemaURL"):
        if not getattr(read, name):
            warnings.append(f"{name} is missing")
    return Event(
        at=at,
        type=kind,
        job=read.job,
        run=read.run,
        dataset=None if read.run or read.job else read.dataset,
        inputs=tuple(read.inputs or ()),
        outputs=tuple(read.outputs or ()),
        listed=bool(read.inputs or read.outputs),
        body=canonical,
        digest=codec.digest(canonical),
        warnings=tuple(warnings),
    )


def _check(read: _Body) -> None:
    if read.run is not None and read.job is None:
        raise BadRecord("a run event needs a job", where="$.job", fix="say the job's namespace and name")
    if read.run is None and read.job is None and read.dataset is None:
        raise BadRecord("the event is about nothing: it has no run, no job and no dataset", fix="say one of them")
    named = [("$.job", read.job), ("$.dataset", read.dataset)]
    named += [(f"$.inputs[{n}]", d) for n, d in enumerate(read.inputs or ())]
    named += [(f"$.outputs[{n}]", d) for n, d in enumerate(read.outputs or ())]
    for where, part in named:
        if part is not None:
            check_name(part.namespace, f"{where}.namespace")
            check_name(part.name, f"{where}.name")
            if not part.name and not part.namespace:
                raise BadRecord("the name is empty", where=where, fix="say which job or dataset is meant")
    if read.run is not None:
        check_name(read.run.runId, "$.run.runId")
        if not read.run.runId:
            raise BadRecord("the run id is empty", where="$.run.runId", fix="give each run an id of its own, a UUID")


def check_name(text: str, where: str) -> None:
    """Raises BadRecord for what cannot be a name: too long, NUL, half a surrogate pair."""
    if len(text) > LONGEST:
        raise BadRecord(f"a name of {len(text):,} characters", where=where, fix=f"at most {LONGEST:,} are taken")
    if "\0" in text:
        raise BadRecord("a name cannot hold the character NUL", where=where, fix="leave it out")


_FRACTION = re.compile(r"(\.\d{6})\d+")
_LEAP = re.compile(r"(\d\d:\d\d):60(?!\d)")
_AHEAD = timedelta(days=3653)  # a clock may be wrong; a year such as 9999 would outlast every later word


def _time(text: str) -> tuple[int, list[str]]:
    """Microseconds since 1970. https://www.rfc-editor.org/rfc/rfc3339; a time without a zone is taken as UTC.

    A leap second is the second before it: Python has none. What is later than UTC's last moment, or before its first,
    no catalog could show.
    """
    try:
        spelled = _LEAP.sub(r"\1:59", _FRACTION.sub(r"\1", text.strip().upper()))  # T and Z may be small letters
        found = datetime.fromisoformat(spelled)
        warnings = []
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
            warnings.append("eventTime has no zone; taken as UTC")
        found.astimezone(UTC)  # raises for what is in a year that UTC has not
        if found - datetime.now(UTC) > _AHEAD:
            warnings.append("eventTime is more than ten years ahead; what it says outlasts what is said in time")
        return (found - _EPOCH) // _MICROSECOND, warnings
    except (ValueError, OverflowError) as error:
        raise BadRecord(
            f"{text[:60]!r} is no time: {error}", where="$.eventTime", fix="write it as 2026-11-01T12:00:00.000Z"
        ) from error


_MICROSECOND = datetime.resolution


def _run_id(text: str) -> list[str]:
    try:
        UUID(text)
    except ValueError:
        return [f"runId {text[:60]!r} is no UUID"]
    return []


def ref_of(part: DatasetPart | JobPart) -> Ref:
    """Who a part is about, as it is spelled."""
    return Ref(part.namespace, part.name)
