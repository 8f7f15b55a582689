"""Writes records to a stage file, which a bulk sink publishes: on another day, on another machine."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from strabo.ingest.artifact import Writer
from strabo.ingest.contracts import RunContext, Tally
from strabo.ingest.disk import PART
from strabo.model.records import ENTITIES, Record
from strabo.model.ref import Ref


class FileStageConfig(msgspec.Struct, frozen=True, kw_only=True):
    path: Path  # the file; a name ending in .zst (small and quick) or .gz compresses


class FileStage:
    """The file of `strabo.ingest.artifact`: named so once the run is complete, and `path` + ".part" before."""

    def __init__(self, config: FileStageConfig) -> None:
        self.config = config
        self._feed = ""
        self._run = 0
        self._writer: Writer | None = None

    def bind(self, context: RunContext) -> None:
        self._feed, self._run = context.feed, context.run

    def resume(self) -> frozenset[Ref]:
        """Goes on with the file of an interrupted run of the same feed; the scopes that it has in full.

        Nothing to resume is no error: the file is then begun anew. Raises UsageError for another feed's file.
        """
        if not Path(f"{self.config.path}{PART}").exists():
            return frozenset()
        self._writer = Writer.resume(self.config.path, feed=self._feed)
        return frozenset(self._writer.scopes)

    def write(self, batch: Sequence[Record]) -> Tally:
        self._open().write(batch)
        return Tally(written=sum(type(record) in ENTITIES for record in batch))

    def close(self, *, complete: bool) -> Tally:
        if self._writer is not None or complete:
            self._open().close(complete=complete)
        return Tally()

    @property
    def artifact(self) -> str:
        return str(self.config.path)

    def _open(self) -> Writer:
        if self._writer is None:
            self._writer = Writer(self.config.path, feed=self._feed, run=self._run)
        return self._writer
