"""The catalog as a sink and as a bulk sink, for workflows that name it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from strabo.catalog.ingesting import publisher
from strabo.catalog.publish import Publisher
from strabo.errors import StraboError
from strabo.ingest import artifact
from strabo.ingest.contracts import RunContext, Tally
from strabo.ingest.report import Report, Status
from strabo.model.records import Record
from strabo.store.sqlite import SqliteStore

_BATCH = 1000


class CatalogSinkConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    path: str | None = None  # the catalog file; by default the project's


class CatalogSink:
    """Writes a run into a catalog, each scope all at once."""

    def __init__(self, config: CatalogSinkConfig) -> None:
        self.config = config
        self._context: RunContext | None = None
        self._store: SqliteStore | None = None
        self._publisher: Publisher | None = None
        self._own: Report | None = None

    @property
    def keeps_accounts(self) -> bool:
        """Whether the run's accounts go where the run itself is recorded: not, when it fills another catalog."""
        return self._context is None or not self._elsewhere(self._context)

    def bind(self, context: RunContext) -> None:
        """Takes the feed and the run's number; they say whose facts these are."""
        self._context = context

    def write(self, batch: Sequence[Record]) -> Tally:
        return self._told(self._open().write(batch))

    def close(self, *, complete: bool) -> Tally:
        try:
            tally = self._told(self._open().close(complete=complete) if complete or self._publisher else Tally())
        finally:
            if self._store is not None:
                if self._own is not None:
                    self._own.status = _status(self._own) if complete else "failed"
                    self._own.exit_code = int(self._own.status != "succeeded")
                    self._own.ended_at = datetime.now(UTC)
                    self._store.end_run(self._own)
                self._store.close()
            self._store = self._publisher = None
        return tally

    def _told(self, tally: Tally) -> Tally:
        """Counts it in the other catalog's own record of the run, where there is one."""
        own = self._own
        if own is not None:
            whole = sum(f.part is None for f in tally.failures)
            own.written += tally.written
            own.unchanged += tally.unchanged
            own.retired += tally.retired
            own.proposed += tally.proposed
            own.failed += whole
            own.notes += len(tally.failures) - whole
            own.listed += tally.written + tally.unchanged + whole
        return tally

    def _elsewhere(self, context: RunContext) -> bool:
        path = self.config.path or context.catalog
        return not context.catalog or Path(path).resolve() != Path(context.catalog).resolve()

    def _open(self) -> Publisher:
        if self._publisher is None:
            context = self._context
            if context is None:
                raise StraboError("a catalog sink was not told which run it serves", fix="call bind() before write()")
            path = self.config.path or context.catalog
            self._store = SqliteStore(path)
            if self._elsewhere(context):
                run = self._store.start_run(context.feed, workflow="")  # another catalog counts runs of its own
                self._own = Report(run=run, feed=context.feed, started_at=datetime.now(UTC))
                context = msgspec.structs.replace(context, run=run)
            self._publisher = publisher(self._store, context)
        return self._publisher


class CatalogBulkSink:
    """Publishes a staged file into a catalog, each scope all at once; a damaged file is refused before that."""

    def __init__(self, config: CatalogSinkConfig) -> None:
        self._sink = CatalogSink(config)

    @property
    def keeps_accounts(self) -> bool:
        """As CatalogSink."""
        return self._sink.keeps_accounts

    def bind(self, context: RunContext) -> None:
        """As CatalogSink."""
        self._sink.bind(context)

    def publish(self, path: str) -> Tally:
        """Everything in the file. Raises UsageError for one that is truncated, altered, foreign or newer."""
        artifact.verify(path)
        total = Tally()
        batch: list[Record] = []
        complete = False
        try:
            for record in artifact.read(path):
                batch.append(record)
                if len(batch) == _BATCH:
                    total.add(self._sink.write(batch))
                    batch = []
            total.add(self._sink.write(batch))
            complete = True
        finally:
            total.add(self._sink.close(complete=complete))
        return total


def _status(report: Report) -> Status:
    if report.failed or report.notes:
        return "incomplete"
    return "held" if report.proposed else "succeeded"
