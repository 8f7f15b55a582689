"""What a program pushes, as operations of the door: records, one object put or taken away, each at most once."""

import time
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, TypeVar, cast

import msgspec
import zstandard

from strabo.catalog import entries, refs, spelling
from strabo.catalog.door import By, Operation
from strabo.catalog.intake import Intake, place
from strabo.errors import BadRecord, NotFound, UsageError
from strabo.model import codec, naming
from strabo.model.records import ACCOUNTS, ENTITIES, Record
from strabo.model.ref import Ref
from strabo.model.rewrite import map_refs
from strabo.store.protocol import Reader, Writer
from strabo.store.rows import ASPECTS, Fact, NewFact

ANSWERS = "answers"
"""The space of the notes that hold answers already given."""
_KEPT = 24 * 3600 * 1_000_000  # microseconds
_CHUNK = 2000
_SWEEP = 256  # transactions between two looks for answers that are too old


class Key(msgspec.Struct, frozen=True):
    """What makes a write the same write again: who calls it by which name, and what it is."""

    name: str
    content: bytes


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """Records of one feed. whole: all or none. each: say what became of every one. value: goes back as it is."""

    records: Sequence[Record]
    whole: bool = False
    each: bool = False
    value: str = ""
    key: Key | None = None


class Conditions(msgspec.Struct, frozen=True):
    """What must be so for a write. matches: the object's mark is one of these (`*`: it is there at all)."""

    matches: tuple[str, ...] = ()
    absent: bool = False


class Putting(msgspec.Struct, frozen=True, kw_only=True):
    """Records about one object, the first announces it; and the kinds of records that end with this."""

    records: Sequence[Record]
    ends: Sequence[str] = ()
    when: Conditions = Conditions()
    key: Key | None = None


class Taking(msgspec.Struct, frozen=True, kw_only=True):
    """One object of which a feed says nothing any more."""

    ref: Ref
    tag: str  # "dataset", "job"
    when: Conditions = Conditions()
    key: Key | None = None


class Refusal(msgspec.Struct, frozen=True):
    """A record that was not stored: its place among those that were pushed, from 0."""

    index: int
    error: str
    fix: str = ""


class Done(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What became of a write. `states` has a letter for each record, where that was asked: w, u(nchanged), f(ailed)."""

    written: int = 0
    unchanged: int = 0
    failures: list[Refusal] = []
    states: str = ""
    created: bool = False
    mark: str = ""
    value: str = ""  # an answer of the caller's own making
    again: bool = False  # it was done before, and this is the answer that was given then


class Unstored(BadRecord):
    """All or nothing was asked for, and some of it cannot be stored: nothing was."""

    def __init__(self, failures: Sequence[Refusal], of: int) -> None:
        super().__init__(
            f"{len(failures)} of {of} records cannot be stored, so none was",
            fix="put these right and send all again, or send them without asking for all or nothing",
        )
        self.failures = list(failures)


class Unmet(UsageError):
    """The object is not as the caller thought it was; nothing was done."""


class KeyReused(BadRecord):
    """An idempotency key came again with something else."""


class Remembering(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to be kept for a write that was done elsewhere."""

    done: Done
    key: Key | None


P = TypeVar("P", Push, Putting, Taking, Remembering)


def mark(facts: Sequence[Fact]) -> str:
    """What changes exactly when anything changes that is said of an object; "" when nothing is said."""
    if not facts:
        return ""
    return blake2b(b",".join(b"%d" % i for i in sorted(f.id for f in facts)), digest_size=8).hexdigest()


# --- once -------------------------------------------------------------------------------------------------------


def _once(do: Callable[[Writer, By, P], Done]) -> Operation:
    """The operation, done once for each key; the answer is kept in the same transaction."""

    def operation(writer: Writer, by: By, payloads: Sequence[Any]) -> list[Done]:
        return [_answered(do, writer, by, payload) for payload in payloads]

    operation.__name__ = do.__name__  # what the metrics call it
    return operation


def _answered(do: Callable[[Writer, By, P], Done], writer: Writer, by: By, payload: P) -> Done:
    key = payload.key
    if key is None:
        return do(writer, by, payload)
    moment = writer.moment(writer.tx)
    now = moment.at if moment else 0
    before = remembered(writer, key, now=now)
    if before is not None:
        return before
    done = do(writer, by, payload)
    told = msgspec.json.encode(done)
    writer.put_note(ANSWERS, key.name, zstandard.compress(key.content.hex().encode() + b"\n" + told))
    if writer.tx % _SWEEP == 0:
        writer.drop_old_notes(ANSWERS, now - _KEPT)
    return done


def remembered(reader: Reader, key: Key, *, now: int | None = None) -> Done | None:
    """The answer that was given to this write already; None for one that is new. Raises KeyReused.

    now: in microseconds.
    """
    now = time.time_ns() // 1000 if now is None else now
    for note in reader.notes(ANSWERS, [key.name]):
        if note.at < now - _KEPT:
            continue
        content, _, told = zstandard.decompress(note.body).partition(b"\n")
        if content != key.content.hex().encode():
            raise KeyReused(
                "this idempotency key was used for another request", fix="use a new key for each new request"
            )
        return msgspec.structs.replace(msgspec.json.decode(told, type=Done), again=True)
    return None


# --- records ----------------------------------------------------------------------------------------------------


def _push(writer: Writer, by: By, payload: Push) -> Done:
    records = payload.records
    intake = Intake(by.feed, standing=by.standing)
    watched = _Watched(writer)
    done = Done(value=payload.value)
    states = bytearray(b"u" * len(records))
    for start in range(0, len(records), _CHUNK):
        chunk = records[start : start + _CHUNK]
        watched.opened.clear()
        intake.take(cast("Writer", watched), chunk)
        done.written += len(watched.opened)
        failures = intake.counts().failures
        if failures:
            found = failing(chunk) or [Refusal(0, f.error) for f in failures[:1]]
            done.failures += [Refusal(start + f.index, f.error, f.fix) for f in found]
        if payload.each and watched.opened:
            _mark(writer, chunk, watched.opened, states, start)
    if payload.whole and done.failures:
        raise Unstored(done.failures, len(records))
    done.unchanged = len(records) - done.written - len(done.failures)
    if payload.each:
        for failure in done.failures:
            states[failure.index] = ord("f")
        done.states = states.decode()
    return done


class _Watched:
    """A writer that remembers which facts it has opened."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.opened: list[NewFact] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    def open_facts(self, feed: int, facts: Sequence[NewFact]) -> list[int]:
        self.opened += facts
        return self._writer.open_facts(feed, facts)


def _mark(writer: Writer, chunk: Sequence[Record], opened: Sequence[NewFact], states: bytearray, start: int) -> None:
    """Notes which records became a new fact: of two that say the same thing, the last."""
    keys = {(f.node, f.aspect, f.part) for f in opened}
    named = [map_refs(r, naming.normal) for r in chunk]
    ids = spelling.meant(writer, list(dict.fromkeys(r.ref for r in named)))
    for at in range(len(chunk) - 1, -1, -1):
        record = named[at]
        if type(record) in ACCOUNTS or record.ref not in ids:
            continue
        key = (ids[record.ref], *place(record))
        if key in keys:
            keys.discard(key)
            states[start + at] = ord("w")


def failing(records: Sequence[Record]) -> list[Refusal]:
    """The records that no store takes, and why."""
    found = []
    for at, record in enumerate(records):
        if type(record) in ACCOUNTS:
            continue
        problem = _unfit(record)
        if problem:
            found.append(Refusal(at, problem, "compare it with `strabo schema`, or /docs"))
    return found


def _unfit(record: Record) -> str:
    try:
        codec.decode(codec.encode(map_refs(record, _whole)))
    except BadRecord as error:
        return error.what
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        return str(error)
    return ""


def _whole(ref: Ref) -> Ref:
    for text in (ref.namespace, ref.name):
        if "\0" in text:
            raise ValueError(f"a name cannot hold the character NUL: {text!r}")
    return naming.normal(ref)


# --- one object -------------------------------------------------------------------------------------------------


def _put(writer: Writer, by: By, payload: Putting) -> Done:
    ref = payload.records[0].ref
    tag = codec.tag(payload.records[0])
    facts = _facts(writer, ref)
    _require(payload.when, facts, ref)
    created = not any(f.aspect == ASPECTS[tag] for f in facts)
    done = _push(writer, by, Push(records=payload.records, whole=True))
    done.created = created
    node = refs.exact(writer, ref)
    if node is not None and payload.ends:
        ended = {ASPECTS[name] for name in payload.ends}
        feed = writer.feed(by.feed, by.standing)
        gone = [h.id for h in writer.held(feed, [node.id]) if h.aspect in ended]
        if gone:
            writer.close_facts(gone)
            entries.rebuild(writer, [node.id])
            done.written += len(gone)
    done.mark = mark(_facts(writer, ref))
    return done


def _take(writer: Writer, by: By, payload: Taking) -> Done:
    node = refs.exact(writer, payload.ref)
    feed = writer.feed(by.feed, by.standing)
    held = [] if node is None else writer.held(feed, [node.id])
    facts = _facts(writer, payload.ref)
    _require(payload.when, facts, payload.ref)
    if node is None or not any(h.aspect == ASPECTS[payload.tag] for h in held):
        others = {writer.feeds()[f.feed].name for f in facts if f.aspect == ASPECTS[payload.tag]}
        fix = f"it is announced by: {', '.join(sorted(others))}" if others else "GET /api/v1/search finds what there is"
        raise NotFound(f"feed {by.feed!r} announces no {payload.tag} {payload.ref}", fix=fix)
    Intake(by.feed, standing=by.standing).retire(writer, feed, [node.id], reason="deleted")
    return Done(written=len(held))


def _facts(reader: Reader, ref: Ref) -> list[Fact]:
    node = refs.exact(reader, ref)
    return [] if node is None else reader.facts(reader.members(node.id))


def _require(when: Conditions, facts: Sequence[Fact], ref: Ref) -> None:
    there = any(f.aspect in _ANNOUNCING for f in facts)
    if when.absent and there:
        raise Unmet(f"{ref} is there already", fix="leave If-None-Match out to replace it")
    if not when.matches:
        return
    if "*" in when.matches and there:
        return
    if mark(facts) not in when.matches:
        what = "has changed meanwhile" if there else "is not there"
        raise Unmet(f"{ref} {what}", fix="get it again, and decide anew with its new ETag")


_ANNOUNCING = frozenset(ASPECTS[codec.tag(kind)] for kind in ENTITIES)


def _remember(writer: Writer, by: By, payload: Remembering) -> Done:  # noqa: ARG001 - an operation's
    return payload.done


push = _once(_push)
"""Push -> Done. Raises Unstored when all or nothing was asked for."""
put = _once(_put)
"""Putting -> Done with `created` and the object's new `mark`. Raises Unmet, Unstored."""
take = _once(_take)
"""Taking -> Done. Raises NotFound when the feed does not announce the object, Unmet."""
remember = _once(_remember)
"""Remembering -> its Done: keeps the answer of a write that has its own transactions."""
