"""Publishing a stream of records scope by scope: each scope's objects appear all at once, or not at all."""

from collections.abc import Sequence
from contextlib import ExitStack, suppress

from strabo.catalog.intake import Intake
from strabo.errors import StraboError
from strabo.ingest.contracts import Tally
from strabo.model import naming
from strabo.model.records import Dataset, Job, Lineage, Record, ScopeComplete
from strabo.model.ref import Ref
from strabo.store.protocol import Store, Writer

_CHUNK = 10_000  # records held in memory before the transaction of their scope begins


class Publisher:
    """A Sink into a store. Keeps records back until their scope is complete, then writes them in one transaction.

    A processor may let the end of a scope wait, so that objects of the next one come before it: those are kept for
    their own end. A scope larger than a chunk begins its transaction early, so memory stays flat; it is still one
    transaction, which then ends when no scope that it holds a part of is open. Records that no scope closes are
    written when the stream ends well.
    """

    keeps_accounts = True

    def __init__(self, store: Store, intake: Intake, *, actor: str = "", origin: str = "", what: str = "") -> None:
        self._store, self._intake = store, intake
        self._by = {"actor": actor, "origin": origin, "what": what}
        self._buffer: list[Record] = []
        self._stack: ExitStack | None = None
        self._writer: Writer | None = None
        self._closed: set[Ref] = set()  # scopes that have ended
        self._begun: set[Ref] = set()  # what objects of scopes still open lie in, that an early transaction holds

    def write(self, batch: Sequence[Record]) -> Tally:
        """Takes a batch; counts the objects of the scopes that it completed."""
        tally = Tally()
        start = 0
        for at, record in enumerate(batch):
            if type(record) is ScopeComplete:
                self._buffer += batch[start : at + 1]
                start = at + 1
                tally.add(self._close_scope(naming.normal(record.ref)))
        self._buffer += batch[start:]
        if len(self._buffer) >= _CHUNK:
            self._begun.update(_place(r.ref) for r in self._buffer if type(r) in _LISTED and not self._ended(r.ref))
            self._flush()
        return tally

    def close(self, *, complete: bool) -> Tally:
        """Writes what no scope closed; of a run that broke off, leaves out its unfinished scope."""
        if complete:
            return self._publish()
        self._buffer = []
        self._abandon()
        return Tally()

    def _close_scope(self, scope: Ref) -> Tally:
        """Publishes what came before the end of a scope, but for objects of another one that is still open.

        Nothing is published while the transaction holds a part of such a one.
        """
        self._closed.add(scope)
        waiting = {r.ref for r in self._buffer if type(r) in _LISTED and not self._ended(r.ref)}
        kept = [r for r in self._buffer if r.ref in waiting and not _moved_by(r, scope)] if waiting else []
        if kept:
            self._buffer = [r for r in self._buffer if r.ref not in waiting or _moved_by(r, scope)]
        self._begun = {place for place in self._begun if not self._ended(place)}
        if self._writer is not None or self._buffer:
            self._flush()
        tally = Tally() if self._begun else self._publish()
        self._buffer = kept
        return tally

    def _ended(self, ref: Ref) -> bool:
        """Whether a scope around an object (or one that is a scope itself) has ended."""
        ref = naming.normal(ref)
        return any(place in self._closed for place in _around(ref))

    def _flush(self) -> None:
        if self._writer is None:
            self._stack = ExitStack()
            intake = self._intake
            self._writer = self._stack.enter_context(
                self._store.writing(feed=intake.feed, standing=intake.standing, run=intake.run, **self._by)
            )
        buffer, self._buffer = self._buffer, []
        try:
            for start in range(0, len(buffer), _CHUNK):
                self._intake.take(self._writer, buffer[start : start + _CHUNK])
        except StraboError as error:
            self._abandon(error)
            raise
        except Exception as error:
            self._abandon(error)
            raise StraboError(
                f"the records could not be written: {type(error).__name__}: {error}",
                fix="this is a bug: run with --debug",
            ) from error
        except BaseException as error:
            self._abandon(error)
            raise

    def _publish(self) -> Tally:
        if self._buffer or self._writer is not None:
            self._flush()
            assert self._stack is not None  # noqa: S101 - _flush has opened it
            if self._intake.run and self._writer is not None:
                self._writer.save_seen(self._intake.run, self._intake.seen())
            stack, self._stack, self._writer = self._stack, None, None
            stack.close()
        counts = self._intake.counts()
        return Tally(
            written=counts.written,
            unchanged=counts.unchanged,
            retired=counts.retired,
            proposed=counts.proposed,
            failures=counts.failures,
        )

    def _abandon(self, error: BaseException | None = None) -> None:
        """Undoes the open transaction."""
        stack, self._stack, self._writer = self._stack, None, None
        if stack is None:
            return
        undo = error or _Undone()
        with suppress(_Undone):
            stack.__exit__(type(undo), undo, undo.__traceback__)


# The records whose appearing before the end of their scope would show half of it.
_LISTED = frozenset({Dataset, Job})


def _moved_by(record: Record, scope: Ref) -> bool:
    """Whether it is the lineage of a job of this scope: that belongs to the job's listing."""
    return isinstance(record, Lineage) and record.job is not None and naming.within(scope, naming.normal(record.job))


def _place(ref: Ref) -> Ref:
    """Where an object lies."""
    around = _around(naming.normal(ref))
    return around[1] if len(around) > 1 else around[0]


def _around(ref: Ref) -> list[Ref]:
    """The object, what it lies in, what that lies in, up to the namespace."""
    sign = "/" if naming.platform(ref.namespace) in naming.PATHS else "."
    found, name = [ref], ref.name
    while name:
        name = name.rpartition(sign)[0]
        found.append(Ref(ref.namespace, name))
    return found


class _Undone(Exception):
    """Tells the store's transaction that it did not end well."""
