"""The four contracts of a workflow. Nothing to inherit: a class that has the methods is one.

    Source → Processor → Processor → Sink
                                   → Stage ⇒ file ⇒ BulkSink

A plugin class is constructed with one argument, its config: a msgspec Struct that its `config` parameter is
annotated with. Constructing must not connect; the first `read`, `write` or `check` does.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, Protocol, runtime_checkable

import msgspec

from strabo.model.records import Failed, Record
from strabo.model.ref import Ref


class Source(Protocol):
    """Where records come from."""

    def read(self) -> Iterator[Record]:
        """All records, streamed, in an order that does not change from one reading to the next.

        An object is announced by its entity record (a Dataset, a Job …) before other records speak of it. What
        cannot be read is yielded as Skipped or Failed, for a generator that raises is over. After the last
        object of a scope comes ScopeComplete, unless something in it failed. Raises Unavailable or AccessDenied
        when the system cannot be reached or refuses the login.
        """
        ...


@runtime_checkable
class Resumable(Protocol):
    """A source that can leave out scopes that an interrupted run before had completed."""

    def read_rest(self, done: frozenset[Ref]) -> Iterator[Record]:
        """As `read`, without the objects of the scopes in `done`."""
        ...


class Capability(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a login may or may not read, as `strabo test` shows it."""

    name: str  # "view definitions"
    ok: bool
    detail: str = ""  # "12 of 14 views", or the server's refusal
    fix: str = ""  # the grant that is missing: "GRANT pg_monitor TO strabo"


@runtime_checkable
class Checkable(Protocol):
    """A source (or sink) that can say what its login may do."""

    def check(self) -> Iterator[Capability]:
        """Connects, and yields a Capability per kind of metadata. Raises as `Source.read` does."""
        ...


Processor = Callable[[Iterable[Record]], Iterator[Record]]
"""A function from records to records. It passes on what it does not understand, and accounts for what it drops by
yielding `Filtered` in its place."""


class Tally(msgspec.Struct, kw_only=True):
    """What became of objects handed to a sink since it last said so."""

    written: int = 0  # objects of which at least one fact is new or changed
    unchanged: int = 0
    retired: int = 0
    proposed: int = 0  # would be retired, but a person must confirm
    failures: list[Failed] = []

    def add(self, more: "Tally") -> None:
        """Counts more objects in."""
        self.written += more.written
        self.unchanged += more.unchanged
        self.retired += more.retired
        self.proposed += more.proposed
        self.failures = self.failures + more.failures


class Sink(Protocol):
    """Where records go to."""

    def write(self, batch: Sequence[Record]) -> Tally:
        """Takes a batch; says what became of the objects that are now safe, which may be those of earlier batches.

        An object is one entity record; the other records ride along. Raises StraboError if nothing of this
        batch was taken: the runner then tries its records one at a time.
        """
        ...

    def close(self, *, complete: bool) -> Tally:
        """Makes safe what is left, lets go of everything. `complete` is False when the run broke off."""
        ...


class Stage(Protocol):
    """Where records wait, in a file that another machine or another day may publish."""

    def write(self, batch: Sequence[Record]) -> Tally: ...

    def close(self, *, complete: bool) -> Tally: ...

    @property
    def artifact(self) -> str:
        """The path of the file, for the bulk sink and for the reader of the run."""
        ...


class BulkSink(Protocol):
    """Publishes a staged file."""

    def publish(self, artifact: str) -> Tally:
        """All of the file's records; each scope all at once or not at all. Raises UsageError for a file it refuses."""
        ...


class RunContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a run tells those of its steps that ask: the feed it fills, its number, the catalog of the project."""

    feed: str
    run: int = 0
    catalog: str = ""  # path of the project's catalog
    columns_of: Callable[[Ref], tuple[str, ...] | None] | None = None  # what the catalog knows of a dataset's shape
    standing: int = 1
    retire_limit: float = 0.05
    retire_at_least: int = 5
    confirmed: bool = False
    resume: bool = False
    actor: str = ""  # who started it, for the audit; empty: the person at this machine
    origin: str = ""  # the address that they asked from
    call: str = ""  # by which call of a server


@runtime_checkable
class Bindable(Protocol):
    """A step that wants to know which run it serves; told once, before the first record."""

    def bind(self, context: RunContext) -> None: ...


@runtime_checkable
class ResumableStage(Protocol):
    """A stage that can go on with the file of an interrupted run."""

    def resume(self) -> frozenset[Ref]:
        """The scopes that the file has in full, and that need not be read again."""
        ...


State = Literal["written", "unchanged", "filtered", "skipped", "failed"]
"""What an object that a source listed ends as: exactly one of these."""
