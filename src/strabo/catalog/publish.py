"""Publishing a stream of records scope by scope: each scope's objects appear all at once, or not at all."""

from collections.abc import Sequence
from contextlib import ExitStack, suppress

from strabo.catalog.intake import Intake
from strabo.errors import StraboError
from strabo.ingest.contracts import Tally
from strabo.model.records import Record, ScopeComplete
from strabo.store.protocol import Store, Writer

_CHUNK = 10_000  # records held in memory before the transaction of their scope begins


class Publisher:
    """A Sink into a store. Keeps records back until their scope is complete, then writes them in one transaction.

    A scope larger than a chunk begins its transaction early, so memory stays flat; it is still one transaction.
    Records that no scope closes are written when the stream ends well.
    """

    keeps_accounts = True

    def __init__(self, store: Store, intake: Intake, *, actor: str = "") -> None:
        self._store, self._intake, self._actor = store, intake, actor
        self._buffer: list[Record] = []
        self._stack: ExitStack | None = None
        self._writer: Writer | None = None

    def write(self, batch: Sequence[Record]) -> Tally:
        """Takes a batch; counts the objects of the scopes that it completed."""
        end = max((i for i, r in enumerate(batch, 1) if type(r) is ScopeComplete), default=0)
        tally = Tally()
        if end:
            self._buffer += batch[:end]
            tally = self._publish()
        self._buffer += batch[end:]
        if len(self._buffer) >= _CHUNK:
            self._flush()
        return tally

    def close(self, *, complete: bool) -> Tally:
        """Writes what no scope closed; of a run that broke off, leaves out its unfinished scope."""
        if complete:
            return self._publish()
        self._buffer = []
        self._abandon()
        return Tally()

    def _flush(self) -> None:
        if self._writer is None:
            self._stack = ExitStack()
            intake = self._intake
            self._writer = self._stack.enter_context(
                self._store.writing(feed=intake.feed, standing=intake.standing, run=intake.run, actor=self._actor)
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


class _Undone(Exception):
    """Tells the store's transaction that it did not end well."""
