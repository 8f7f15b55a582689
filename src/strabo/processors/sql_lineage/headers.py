"""The first line of a routine whose source gives out its body alone, as MySQL does: it names what the body leans on.

Without it a parameter looks like a column, and the rows `new` and `old` of a trigger are nobody's.
"""

import re

import msgspec

from strabo.model import naming
from strabo.model.records import Job
from strabo.model.ref import Ref
from strabo.sql.result import Result, Statement, Unknown

_BODIES_ALONE = frozenset({"mysql", "singlestore", "doris", "starrocks"})
_CREATE = re.compile(r"\s*create\b", re.IGNORECASE)


class Routine(msgspec.Struct, frozen=True):
    """What of a job its header is made from."""

    kind: str
    signature: str | None
    on: Ref | None

    @classmethod
    def of(cls, job: Job) -> "Routine":
        return cls(job.kind, job.signature, job.on)


def header(routine: Routine, text: str, dialect: str) -> str:
    """One line to put before a body, with its end; "" where the text has one, or needs none."""
    if dialect not in _BODIES_ALONE or _CREATE.match(text):
        return ""
    takes = " ".join((routine.signature or "()").split())
    if routine.kind in {"procedure", "function"}:
        return f"CREATE {routine.kind.upper()} `routine`{takes}\n"
    if routine.kind == "trigger" and routine.on is not None:
        on = ".".join("`" + part.replace("`", "``") + "`" for part in naming.split(routine.on.name))
        return f"CREATE TRIGGER `routine` AFTER UPDATE ON {on} FOR EACH ROW\n"  # when makes no difference
    return ""


def without(result: Result) -> Result:
    """The result with places counted as if there were no header."""
    return msgspec.structs.replace(
        result,
        statements=tuple(_up(statement) for statement in result.statements if statement.line != 1),
        unparsed=tuple(_unknown(one) for one in result.unparsed),
    )


def _up(statement: Statement) -> Statement:
    return msgspec.structs.replace(
        statement, line=max(0, statement.line - 1), unknown=tuple(_unknown(one) for one in statement.unknown)
    )


def _unknown(one: Unknown) -> Unknown:
    return Unknown(one.reason, one.line - 1, one.column) if one.line > 1 else one
