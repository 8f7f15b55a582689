"""Reads SQL (of views, of routines and other jobs, of query logs), and adds the lineage that it tells.

Records pass through at once. What is remembered is the column names of each dataset, and the definitions of those
whose scope is still being listed; what a view's or a routine's text tells comes before the ScopeComplete that covers
it. When it reads a table that is not known yet but may still be listed, that ScopeComplete waits for the table, or
for the end. Queries of a log wait for nobody: they are read in batches as they come.
"""

from collections.abc import Iterable, Iterator

import msgspec

from strabo.ingest.contracts import RunContext
from strabo.model.records import Dataset, Definition, Job, JobRun, Record, ScopeComplete, Usage
from strabo.processors.sql_lineage.reader import Known, Reader, Settings

__all__ = ["Known", "SqlLineage", "SqlLineageConfig"]


class SqlLineageConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    dialect: str | None = None  # instead of the one that each definition names
    namespace: str | None = None  # of the tables that jobs of schedulers name; a database's own are in its namespace
    jobs: bool = True  # also what routines, other jobs' SQL and the queries of logs move
    max_seconds: float = 5.0  # for one definition
    max_characters: int = 1_000_000  # of one definition


class SqlLineage:
    """The processor. `known` is asked for tables that the stream has not shown."""

    def __init__(self, config: SqlLineageConfig, known: Known | None = None) -> None:
        self.config = config
        self.known = known

    def bind(self, context: RunContext) -> None:
        """Takes what the catalog of the run knows: the tables of other feeds, whose columns a definition may read."""
        self.known = self.known or context.columns_of

    def __call__(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records, and what every definition among them tells: Lineage, or a Skipped that says why not."""
        settings = Settings(
            dialect=self.config.dialect,
            namespace=self.config.namespace,
            seconds=self.config.max_seconds,
            characters=self.config.max_characters,
        )
        reader = Reader(settings, self.known)
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
