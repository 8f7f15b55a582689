"""What this dialect does in the store, as operations of the door."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from strabo.api.marquez.hidden import SPACE
from strabo.catalog.door import By, Operation
from strabo.catalog.intake import Intake
from strabo.errors import BadRecord
from strabo.model import codec
from strabo.model.records import Record, Tag, Tags
from strabo.model.ref import Ref
from strabo.store.protocol import Writer
from strabo.store.rows import ASPECTS

FEED = "marquez"
STANDING = 1  # tags and owners of people who use the pages


class Saying(msgspec.Struct, frozen=True, kw_only=True):
    """Records to put; and tags of one object to add to, or take from, those that this dialect gave it."""

    records: Sequence[Record] = ()
    ref: Ref | None = None
    add: Sequence[Tag] = ()
    drop: Sequence[Tag] = ()


class Noting(msgspec.Struct, frozen=True, kw_only=True):
    """A note to keep."""

    space: str
    key: str
    body: bytes


def _each(one: Callable[[Writer, By, Any], Any]) -> Operation:
    def operation(writer: Writer, by: By, payloads: Sequence[Any]) -> list[Any]:
        return [one(writer, by, payload) for payload in payloads]

    return operation


def _say(writer: Writer, by: By, saying: Saying) -> None:
    intake = Intake(by.feed, standing=by.standing)
    intake.take(writer, saying.records)
    if saying.ref is not None and (saying.add or saying.drop):
        _tag(writer, by, intake, saying)
    failures = intake.counts().failures
    if failures:
        raise BadRecord(failures[0].error, where=str(failures[0].ref), fix="correct it and send it again")


def _tag(writer: Writer, by: By, intake: Intake, saying: Saying) -> None:
    assert saying.ref is not None  # noqa: S101 - the caller's condition
    feed = writer.feed(by.feed, by.standing)
    node = writer.find([saying.ref]).get(saying.ref)
    facts = writer.facts([node], (ASPECTS["tags"],)) if node is not None else []
    held = next((codec.decode(f.body) for f in facts if f.feed == feed), None)
    before = held.tags if isinstance(held, Tags) else ()
    after = tuple(dict.fromkeys(t for t in (*before, *saying.add) if t not in saying.drop))
    if after:
        intake.take(writer, [Tags(ref=saying.ref, tags=after)])
    elif before:
        intake.take_back(writer, [Tags(ref=saying.ref)])


def _hide(writer: Writer, by: By, key: str) -> None:  # noqa: ARG001 - as every operation
    """Hides what has this key, as of this moment."""
    writer.put_note(SPACE, key, msgspec.json.encode(writer.tx))


def _note(writer: Writer, by: By, noting: Noting) -> None:  # noqa: ARG001 - as every operation
    writer.put_note(noting.space, noting.key, noting.body)


say = _each(_say)
hide = _each(_hide)
note = _each(_note)
