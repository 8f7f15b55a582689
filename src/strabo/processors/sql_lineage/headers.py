"""The first line of a routine whose source gives out its body alone, as MySQL does: it names what the body leans on.

Without it a parameter looks like a column, and the rows `new` and `old` of a trigger are nobody's. PostgreSQL keeps
what a trigger does in a function; it is put behind the trigger's first line.
"""

import re

import msgspec

from strabo.model import naming
from strabo.model.records import Job
from strabo.model.ref import Ref
from strabo.sql.result import Result, Statement, Unknown

_BODIES_ALONE = frozenset({"mysql", "singlestore", "doris", "starrocks"})
_BODY = re.compile(r"\bAS\s+(\$\w*\$)(.*)\1", re.DOTALL | re.IGNORECASE)
_CREATE = re.compile(r"\s*create\b", re.IGNORECASE)


class Routine(msgspec.Struct, frozen=True):
    """What of a job its header is made from."""

    kind: str
    signature: str | None
    on: Ref | None
    function: Ref | None  # that a trigger calls

    @classmethod
    def of(cls, job: Job) -> "Routine":
        called = job.properties.get("function") if job.kind == "trigger" else None
        return cls(job.kind, job.signature, job.on, Ref(job.ref.namespace, called) if called else None)

    @property
    def makes_trigger(self) -> bool:
        """Whether it is a function that only triggers call."""
        return self.kind == "function" and (self.signature or "").lower().endswith("returns trigger")


def header(routine: Routine, text: str, dialect: str) -> str:
    """One line to put before a body, with its end; "" where the text has one, or needs none."""
    if dialect not in _BODIES_ALONE or _CREATE.match(text):
        return ""
    takes = " ".join((routine.signature or "()").split())
    if routine.kind in {"procedure", "function"}:
        return f"CREATE {routine.kind.upper()} `routine`{takes}\n"
    if routine.kind == "trigger" and routine.on is not None:
        return _trigger(routine.on, "`")
    return ""


def of_trigger(trigger: Routine, function: str) -> str | None:
    """What a trigger does whose function's text this is, behind one line of header; None where it has no body."""
    body = _BODY.search(function)
    return None if body is None or trigger.on is None else _trigger(trigger.on, '"') + body.group(2)


def _trigger(on: Ref, quote: str) -> str:
    table = ".".join(quote + part.replace(quote, quote * 2) + quote for part in naming.split(on.name))
    return f"CREATE TRIGGER routine AFTER UPDATE ON {table} FOR EACH ROW\n"  # when it fires makes no difference


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
