"""The taps on a stream: they count objects and keep one bad record from ending a run."""

from collections.abc import Iterable, Iterator

from strabo.errors import UsageError
from strabo.ingest.contracts import Processor
from strabo.ingest.report import discreet, without_passwords
from strabo.model.records import ENTITIES, Failed, Filtered, Record, ScopeComplete, Skipped
from strabo.model.ref import Ref


def is_object(record: Record) -> bool:
    """Whether a record stands for one listed object: it announces it, or accounts for the whole of it."""
    kind = type(record)
    if kind in ENTITIES or kind is Filtered:
        return True
    return (kind is Failed or kind is Skipped) and record.part is None  # type: ignore[union-attr]


class Tap:
    """Counts what a source lists; stops it after `limit` objects, and then lets no scope count as complete."""

    def __init__(self, limit: int | None = None) -> None:
        self.listed = 0
        self._limit = limit

    def watch(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records, unchanged."""
        limit = self._limit
        for record in records:
            if type(record) in ENTITIES or is_object(record):
                if limit is not None and self.listed >= limit:
                    return
                self.listed += 1
            if type(record) is Failed or type(record) is Skipped:
                record = discreet(record)  # noqa: PLW2901 - before any sink has it
            elif limit is not None and type(record) is ScopeComplete:
                continue
            yield record


class Guarded:
    """A processor whose failures are accounted for, and that cannot lose an object unnoticed.

    When the processor raises, the record it had last taken becomes Failed, and it is started again on those that
    follow. Objects are followed by identity while they pass straight through, which costs next to nothing, and
    by ref otherwise.
    """

    def __init__(self, name: str, process: Processor, records: Iterable[Record]) -> None:
        self.name = name
        self.created = 0  # objects that came out without having gone in
        self._process = process
        self._records = iter(records)
        self._pending: Record | None = None  # the object last taken in, until it comes out
        self._inside: dict[Ref, int] = {}  # objects taken in before it that have not come out
        self._last: Record | None = None
        self._pulled = 0
        self._done = False
        self._broken: BaseException | None = None  # an error that is not the processor's

    def _feed(self) -> Iterator[Record]:
        try:
            for record in self._records:
                if type(record) in ENTITIES or is_object(record):
                    if self._pending is not None:
                        ref = self._pending.ref
                        self._inside[ref] = self._inside.get(ref, 0) + 1
                    self._pending = record
                self._last = record
                self._pulled += 1
                yield record
        except GeneratorExit:
            raise
        except BaseException as error:
            self._broken = error
            raise
        self._done = True

    def __iter__(self) -> Iterator[Record]:
        feed = self._feed()
        while True:
            before = self._pulled
            try:
                for record in self._process(feed):
                    if record is self._pending:
                        self._pending = None
                    elif is_object(record):
                        self._came_out(record.ref)
                    elif type(record) is ScopeComplete and not self._settled():
                        yield self._unproven(record)
                        continue
                    yield record
            except (
                Exception
            ) as error:  # a processor is somebody's code: its failure is one record's, and is accounted for
                if error is self._broken or self._last is None:
                    raise
                yield self._failed(error)
            if self._done:
                return
            if self._pulled == before:
                raise UsageError(
                    f"processor {self.name} stopped without reading its records",
                    fix="a processor reads all the records it is given",
                )

    def _came_out(self, ref: Ref) -> None:
        count = self._inside.get(ref, 0)
        if count > 1:
            self._inside[ref] = count - 1
        elif count == 1:
            del self._inside[ref]
        elif self._pending is not None and self._pending.ref == ref:
            self._pending = None
        else:
            self.created += 1

    def _settled(self) -> bool:
        """Whether all that went in has come out so far, under whatever name; then it is forgotten."""
        inside = sum(self._inside.values())
        if inside + (self._pending is not None) > self.created:
            return False
        self._inside.clear()
        self.created -= inside
        return True

    def _unproven(self, scope: ScopeComplete) -> Failed:
        return Failed(
            ref=scope.ref,
            call=f"processor {self.name}",
            error="this step took in objects that it has not passed on, so what is missing here may not be gone",
            part="scope_complete",
            fix="a processor that drops an object must yield Filtered in its place",
        )

    def _failed(self, error: Exception) -> Failed:
        record = self._last
        assert record is not None  # noqa: S101 - checked by the caller
        whole = is_object(record) and record is self._pending
        if whole:
            self._pending = None
        return Failed(
            ref=record.ref,
            call=f"processor {self.name}",
            error=without_passwords(f"{type(error).__name__}: {error}")[:500],
            part=None if whole else type(record).__name__.lower(),
            fix="the processor is at fault; the run went on with the next record",
        )

    def lost(self) -> tuple[int, list[Ref]]:
        """How many objects went in and never came out, and which, as far as they can be told from renamed ones."""
        inside = dict(self._inside)
        if self._pending is not None:
            inside[self._pending.ref] = inside.get(self._pending.ref, 0) + 1
        renamed = min(self.created, sum(inside.values()))
        return sum(inside.values()) - renamed, list(inside) if not renamed else []

    def made(self) -> int:
        """How many objects it made of nothing."""
        return max(0, self.created - sum(self._inside.values()) - (self._pending is not None))


def guarded(name: str, process: Processor, records: Iterable[Record]) -> Guarded:
    """The processor on these records, watched."""
    return Guarded(name, process, records)
