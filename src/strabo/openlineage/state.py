"""What events add up to: values that merge, so that order, repetition and splitting make no difference.

Every field is a maximum, a minimum, a union or the newest of its kind by event time; each of these is associative,
commutative and idempotent, and so is merging them side by side. Of two values with one time the larger in canonical
form is kept: an order that does not hang on who came first.
"""

from typing import Any, NamedTuple

import msgspec

from strabo.model.records import Upstream
from strabo.model.ref import Ref

_canonical = msgspec.json.Encoder(order="sorted").encode

NEVER = -(1 << 62)
ALWAYS = 1 << 62


class Said(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A value and when it was said, in microseconds since 1970. `value` None: it was taken back."""

    at: int
    value: Any


def newer(a: Said | None, b: Said | None) -> Said | None:
    """The later word."""
    if a is None or b is None:
        return a or b
    if a.at != b.at:
        return a if a.at > b.at else b
    if a.value == b.value:
        return a
    return a if _canonical(a.value) > _canonical(b.value) else b


def newest(a: dict[str, Said], b: dict[str, Said]) -> dict[str, Said]:
    """The later word of each key."""
    if not b or not a:
        return a or b
    merged = dict(a)
    for key, said in b.items():
        old = merged.get(key)
        merged[key] = said if old is None else newer(old, said) or said
    return merged


class Port(msgspec.Struct, frozen=True, array_like=True):
    """A dataset as one run reads or writes it."""

    ref: Ref
    last: int  # when it was last listed
    facets: dict[str, Said] = {}  # those that are about this run: columnLineage, statistics

    def merge(self, other: "Port") -> "Port":
        return Port(min(self.ref, other.ref), max(self.last, other.last), newest(self.facets, other.facets))


Ports = dict[str, Port]  # by the key of the dataset


def _ports(a: Ports, b: Ports) -> Ports:
    if not b or not a:
        return a or b
    merged = dict(a)
    for key, port in b.items():
        old = merged.get(key)
        merged[key] = port if old is None else old.merge(port)
    return merged


class RunState(msgspec.Struct, frozen=True, array_like=True, tag="run"):
    """One run of a job."""

    job: Ref
    id: str
    first: int = ALWAYS  # of its events
    last: int = NEVER
    started: int = ALWAYS  # its first START
    active: int = NEVER  # its last START or RUNNING
    ends: dict[str, int] = {}  # when it ended, by how: two that disagree are both kept
    listed: int = NEVER  # its last event that said inputs or outputs
    inputs: Ports = {}
    outputs: Ports = {}
    entries: dict[str, Any] = {}  # of the explicit lineage facet, by their content
    facets: dict[str, Said] = {}  # of the run and its job, those that are understood

    def merge(self, other: "RunState") -> "RunState":
        return RunState(
            min(self.job, other.job),
            self.id,
            min(self.first, other.first),
            max(self.last, other.last),
            min(self.started, other.started),
            max(self.active, other.active),
            _latest(self.ends, other.ends),
            max(self.listed, other.listed),
            _ports(self.inputs, other.inputs),
            _ports(self.outputs, other.outputs),
            {**self.entries, **other.entries},
            newest(self.facets, other.facets),
        )


def _latest(a: dict[str, int], b: dict[str, int]) -> dict[str, int]:
    return {key: max(a.get(key, NEVER), b.get(key, NEVER)) for key in sorted({*a, *b})} if a and b else a or b


class JobState(msgspec.Struct, frozen=True, array_like=True, tag="job"):
    """One job: what is known of it apart from its runs."""

    ref: Ref
    own: bool = False  # whether an event was about it, not only about a child or a run that waits for it
    parent_of: bool = False
    facets: dict[str, Said] = {}
    parent: Said | None = None  # [namespace, name]
    after: Said | None = None  # [[namespace, name], …]
    declared: Said | None = None  # {"inputs": […], "outputs": […], "entries": […]} of a job event

    def merge(self, other: "JobState") -> "JobState":
        return JobState(
            min(self.ref, other.ref),
            self.own or other.own,
            self.parent_of or other.parent_of,
            newest(self.facets, other.facets),
            newer(self.parent, other.parent),
            newer(self.after, other.after),
            newer(self.declared, other.declared),
        )


class DatasetState(msgspec.Struct, frozen=True, array_like=True, tag="dataset"):
    """One dataset, whoever reads or writes it."""

    ref: Ref
    named: bool = False  # whether an event listed it; a source of columns alone is only mentioned
    written: int = NEVER  # the last time it was written, created or described
    dropped: int = NEVER
    created: int = NEVER
    renamed: Said | None = None  # to [namespace, name]
    facets: dict[str, Said] = {}
    derived: Said | None = None  # the lineage facet of a dataset event
    checks: dict[str, Said] = {}  # results of assertions, by name and column

    def merge(self, other: "DatasetState") -> "DatasetState":
        return DatasetState(
            min(self.ref, other.ref),
            self.named or other.named,
            max(self.written, other.written),
            max(self.dropped, other.dropped),
            max(self.created, other.created),
            newer(self.renamed, other.renamed),
            newest(self.facets, other.facets),
            newer(self.derived, other.derived),
            newest(self.checks, other.checks),
        )

    @property
    def there(self) -> bool:
        """Whether it exists, by what was said last: a drop ends it, a later write or creation brings it back."""
        return self.dropped <= max(self.written, self.created)


class Best(msgspec.Struct, frozen=True, array_like=True):
    """What is known best of one source of a dataset, and the run that said it."""

    grade: int  # 2: which columns; 1: said outright; 0: both were listed by one run
    last: int
    run: str  # the key of the run's state, in hexadecimal
    upstream: Upstream

    @property
    def order(self) -> tuple[int, int, str]:
        """The larger one is the one to show."""
        return self.grade, self.last, self.run


class FlowState(msgspec.Struct, frozen=True, array_like=True, tag="flow"):
    """All that one job was seen to move into one dataset, or to read: the best word of each source."""

    target: Ref
    job: Ref | None
    sources: dict[str, Best] = {}  # by the key of the source


Told = RunState | JobState | DatasetState
"""What events say directly; a FlowState follows from RunStates."""

State = Told | FlowState


class Keyed(NamedTuple):
    """A state under the key by which all statements about one thing meet."""

    key: bytes
    state: Told


encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[State] = msgspec.json.Decoder(State)
decode = _decoder.decode


def merged(a: Told, b: Told) -> Told:
    """Both together. They must be of one kind, under one key."""
    return a.merge(b)  # type: ignore[arg-type]
