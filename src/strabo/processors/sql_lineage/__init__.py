"""Reads SQL (of views, of routines and other jobs, of query logs), and adds the lineage that it tells.

Records pass through at once. What is remembered is the column names of each dataset, and the definitions of those
whose scope is still being listed; what a view's or a routine's text tells comes before the ScopeComplete that covers
it. When it reads a table that is not known yet but may still be listed, that ScopeComplete waits for the table, or
for the end. Queries of a log wait for nobody: they are read in batches as they come.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context

import msgspec

from strabo.errors import UsageError
from strabo.ingest.contracts import RunContext
from strabo.model.records import Dataset, Definition, Job, JobRun, Record, ScopeComplete, Usage
from strabo.processors.sql_lineage.reader import Known, Reader, Settings
from strabo.sql.dialects import NAMES, called

__all__ = ["Known", "SqlLineage", "SqlLineageConfig"]


class SqlLineageConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    dialect: str | None = None  # instead of the one that each definition names
    namespace: str | None = None  # of the tables that jobs of schedulers name; a database's own are in its namespace
    jobs: bool = True  # also what routines, other jobs' SQL and the queries of logs move
    max_seconds: float = 5.0  # for one statement of a definition
    max_characters: int = 1_000_000  # of one definition
    workers: int = 1  # processes that read the queries of a log, when there are thousands


class SqlLineage:
    """The processor.

    known: asked for tables that the stream has not shown. executor: reads the queries of a log, from thousands on, in
    place of `workers` processes of its own; one of a cluster, say. What it is given to do is picklable.
    """

    def __init__(self, config: SqlLineageConfig, known: Known | None = None, executor: Executor | None = None) -> None:
        if config.workers < 1:
            raise UsageError("workers must be 1 or more", where="sql_lineage", fix="workers: 2")
        if config.dialect is not None and not called(config.dialect):
            raise UsageError(
                f"the SQL dialect {config.dialect!r} is not known",
                where="sql_lineage, dialect",
                fix=f"use one of {', '.join(NAMES)}",
            )
        self.config = config
        self.known = known
        self.executor = executor

    def bind(self, context: RunContext) -> None:
        """Takes what the catalog of the run knows: the tables of other feeds, whose columns a definition may read."""
        self.known = self.known or context.columns_of

    def __call__(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records, and what every definition among them tells: Lineage, or a Skipped that says why not."""
        settings = Settings(
            dialect=called(self.config.dialect or "") or None,
            namespace=self.config.namespace,
            seconds=self.config.max_seconds,
            characters=self.config.max_characters,
        )
        with ExitStack() as stack:
            yield from self._read(Reader(settings, self.known, lambda: self._hands(stack)), records)

    def _hands(self, stack: ExitStack) -> Executor | None:
        """What reads side by side: made when it is first needed, and ended with the stream."""
        if self.executor is None and self.config.workers > 1:
            # Spawned, not forked: this process may have threads, and a fork of one that holds a lock never ends.
            made = ProcessPoolExecutor(self.config.workers, mp_context=get_context("spawn"))
            stack.callback(self._done, made)
            self.executor = made
        return self.executor

    def _done(self, made: Executor) -> None:
        self.executor = None
        made.shutdown(cancel_futures=True)

    def _read(self, reader: Reader, records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            if isinstance(record, ScopeComplete):
                yield from reader.close(record)
                continue
            yield record
            if isinstance(record, Dataset):
                yield from reader.dataset(record)
            elif isinstance(record, Definition):
                yield from reader.definition(record)
            elif isinstance(record, Job) and self.config.jobs:
                reader.job(record)
            elif isinstance(record, Usage):
                reader.usage(record)
            elif isinstance(record, JobRun):
                reader.ran(record)
        yield from reader.end()
