"""SQL text in, column edges out: the front door of this room."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from functools import cache
from importlib import import_module
from typing import cast

import msgspec

from strabo.sql import isolated
from strabo.sql.collapse import collapsed
from strabo.sql.result import Limits, Query, Result, Schemas, Session, Unknown
from strabo.sql.text import begin, place

__all__ = ["collapsed", "lineage", "lineages"]

_NO_LIMITS_SAID = Limits()
_NO_SESSION = Session()

_Run = Callable[[str, str, Schemas, Session, tuple[str, ...], Limits], Result]
_RunMany = Callable[[Iterable[Query], Schemas, Limits, Executor | None], Iterator[Result]]


# The places where the parser is let in, on the first text: it takes longer to import (0.15 s) than all of Strabo, and
# a run without SQL never needs it.
@cache
def _engine() -> _Run:
    return cast("_Run", import_module("strabo.sql.engine").run)


@cache
def _batch() -> _RunMany:
    return cast("_RunMany", import_module("strabo.sql.batch").run)


def lineage(
    text: str,
    *,
    dialect: str,
    schemas: Schemas,
    session: Session = _NO_SESSION,
    shown: Sequence[str] = (),
    limits: Limits = _NO_LIMITS_SAID,
) -> Result:
    """Which columns each statement of a text reads, and which output columns they make or decide.

    dialect: as sqlglot names it. session: what the texts before this one left behind; the result has what this one
    leaves. shown: the output's columns as a catalog lists them, for names that the text does not spell. Never raises
    for bad SQL: see `Result.unparsed` and `Statement.unknown`. Of a text that is longer than it may be, the statements
    are read that end before that.

    Follows OpenLineage's ColumnLineageDatasetFacet 1-2-0: identity, transformation and aggregation are direct; the
    others decide a column (`Statement.edges`) or all rows (`Statement.influences`) without being in them. Of EXCEPT
    and INTERSECT the right side only filters; of a joined column in USING the side that its value is taken from
    is the source.
    """
    most = limits.characters
    read = text if len(text) <= most else begin(text, most)
    run = isolated.run if isolated.is_for(read, limits) else _engine()
    result = run(read, dialect, schemas, session, tuple(shown), limits)
    if read is text:
        return result
    told = Unknown(f"the text has more than {most:,} characters: what begins here is not read", *place(text, len(read)))
    return msgspec.structs.replace(result, unparsed=(*result.unparsed, told))


def lineages(
    queries: Iterable[Query],
    *,
    schemas: Schemas,
    limits: Limits = _NO_LIMITS_SAID,
    executor: Executor | None = None,
) -> Iterator[Result]:
    """`lineage` of each of many texts, in their order, as they are asked for.

    Texts that differ only in literals that no column depends on are resolved once: with '?' and 0 in their place, as
    expressions and positions then show. executor: does the work from 2,000 different texts on; what it takes to pickle
    is then asked of `schemas` too.
    """
    return _batch()(queries, schemas, limits, executor)
