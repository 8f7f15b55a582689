"""Many texts: those that differ only in literals are resolved once, the rest side by side."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from itertools import islice

from strabo.sql import isolated, lineage, masking, parse
from strabo.sql.errors import BROKEN
from strabo.sql.result import Limits, Query, Result, Schemas

_WINDOW = 20_000  # texts that are held at a time
_FAN_OUT = 2_000  # different texts from which on it pays to hand them out
_CHUNK = 250


def run(queries: Iterable[Query], schemas: Schemas, limits: Limits, executor: Executor | None) -> Iterator[Result]:
    """As `lineage.lineages`."""
    rest = iter(queries)
    known: dict[Query, Result] = {}
    while window := list(islice(rest, _WINDOW)):
        keys = [_masked(query, limits) for query in window]
        new = [key for key in dict.fromkeys(keys) if key not in known]
        if executor is None or len(new) < _FAN_OUT:
            answers: Iterable[Result] = (_one(key, schemas, limits) for key in new)
        else:
            chunks = [new[at : at + _CHUNK] for at in range(0, len(new), _CHUNK)]
            count = len(chunks)
            several = executor.map(_some, chunks, [schemas] * count, [limits] * count)
            answers = (answer for chunk in several for answer in chunk)
        known.update(zip(new, answers, strict=True))
        yield from (known[key] for key in keys)
        known = dict(list(known.items())[-_WINDOW:])  # what came lately comes again


def _one(query: Query, schemas: Schemas, limits: Limits) -> Result:
    return lineage.lineage(
        query.text, dialect=query.dialect, schemas=schemas, session=query.session, shown=query.shown, limits=limits
    )


def _some(queries: list[Query], schemas: Schemas, limits: Limits) -> list[Result]:
    return [_one(query, schemas, limits) for query in queries]


def _masked(query: Query, limits: Limits) -> Query:
    if isolated.is_for(query.text, limits):
        return query
    try:
        text = masking.masked(query.text, parse.rules_of(query.dialect))
    except BROKEN:
        return query
    return query if text == query.text else Query(text, query.dialect, query.session, query.shown)
