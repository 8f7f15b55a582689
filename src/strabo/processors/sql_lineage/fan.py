"""Many queries read side by side, in other processes, which cannot ask for tables: these are looked up beforehand.

What a text seems to name is guessed from the words before it. A result that shows a table which was not foreseen is
worked out again here, where the tables can be asked for; so the answers are those of one process.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor

import msgspec

from strabo.sql.lineage import lineage, lineages
from strabo.sql.names import TableName, candidates
from strabo.sql.result import Limits, Query, Result, Schemas, Table

_PART = r'(?:"(?:[^"]|"")+"|`(?:[^`]|``)+`|\[[^\]]+\]|[^\W\d][\w$#]*)'
_NAMED = re.compile(
    rf"(?:\b(?:from|join|into|update|table|using|exists|overwrite)|,)\s+(?:only\s+)?({_PART}(?:\s*\.\s*{_PART})*)",
    re.IGNORECASE,
)
_STEP = re.compile(_PART)
_QUOTES = {'"': '"', "`": "`", "[": "]"}


class Given(msgspec.Struct, frozen=True):
    """Schemas that are a table of answers: what can be sent to another process."""

    tables: dict[TableName, Table]

    def __call__(self, name: TableName) -> Table | None:
        return self.tables.get(name)


def read(queries: Sequence[Query], schemas: Schemas, limits: Limits, executor: Executor | None) -> Iterator[Result]:
    """As `lineages`, by an executor of processes where there is one."""
    if executor is None:
        yield from lineages(queries, schemas=schemas, limits=limits)
        return
    results = lineages(queries, schemas=foreseen(queries, schemas), limits=limits, executor=executor)
    for query, result in zip(queries, results, strict=True):
        if _unforeseen(result):
            yield lineage(
                query.text,
                dialect=query.dialect,
                schemas=schemas,
                session=query.session,
                shown=query.shown,
                limits=limits,
            )
        else:
            yield result


def foreseen(queries: Iterable[Query], schemas: Schemas) -> Given:
    """The tables that these queries seem to name, as far as the schemas know them. Each name is asked for once."""
    asked: dict[TableName, Table | None] = {}
    for query in queries:
        for found in _NAMED.finditer(query.text):
            steps = _STEP.findall(found.group(1))
            parts, quoted = tuple(_bare(step) for step in steps), tuple(step[0] in _QUOTES for step in steps)
            for name in candidates(parts, quoted, query.session.search_path, query.dialect):
                if name not in asked:
                    asked[name] = schemas(name)
                if asked[name] is not None:
                    break  # the search path ends where the table is
    return Given({name: table for name, table in asked.items() if table is not None})


def _bare(step: str) -> str:
    end = _QUOTES.get(step[0])
    return step if end is None else step[1:-1].replace(end * 2, end)


def _unforeseen(result: Result) -> bool:
    """Whether a statement met a table that nobody knew."""
    return any(
        any(read.guessed for read in statement.reads) or any(into.guessed for into in statement.writes)
        for statement in result.statements
    )
