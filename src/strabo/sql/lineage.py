"""SQL text in, column edges out: the front door of this room."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import cast

from strabo.sql.result import Limits, Result, Schemas, Session

_NO_LIMITS_SAID = Limits()
_NO_SESSION = Session()


@cache
def _engine() -> Callable[[str, str, Schemas, Session, tuple[str, ...], Limits], Result]:
    # The one place where the parser is let in, on the first text: it takes longer to import (0.15 s) than all of
    # Strabo, and a run without SQL never needs it.
    return cast(
        "Callable[[str, str, Schemas, Session, tuple[str, ...], Limits], Result]",
        import_module("strabo.sql.engine").run,
    )


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
    for bad SQL: see `Result.unparsed` and `Statement.unknown`.

    Follows OpenLineage's ColumnLineageDatasetFacet 1-2-0: identity, transformation and aggregation are direct; the
    others decide a column (`Statement.edges`) or all rows (`Statement.influences`) without being in them. Of EXCEPT
    and INTERSECT the right side only filters; of a joined column in USING the side that its value is taken from
    is the source.
    """
    return _engine()(text, dialect, schemas, session, tuple(shown), limits)
