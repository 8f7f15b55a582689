"""Prints records, to look at them."""

import sys
import unicodedata
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import msgspec

from strabo.ingest.contracts import Tally
from strabo.ingest.disk import line
from strabo.model import codec, records
from strabo.model.records import ENTITIES, Record

# Marks that turn the direction of text around: in a name they make the rest of the line read wrongly.
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class ConsoleConfig(msgspec.Struct, frozen=True, kw_only=True):
    format: Literal["text", "json"] = "text"  # a line to read, or the record itself
    limit: Annotated[int, msgspec.Meta(ge=0)] | None = None  # prints so many records; the others are counted


class ConsoleSink:
    """One line per record to standard output."""

    def __init__(self, config: ConsoleConfig) -> None:
        self.config = config
        self._seen = 0

    def write(self, batch: Sequence[Record]) -> Tally:
        limit = self.config.limit
        shown = batch if limit is None else batch[: max(0, limit - self._seen)]
        if self.config.format == "json":
            _print("".join([line(record).decode() for record in shown]))
        else:
            _print("".join([text(record) + "\n" for record in shown]))
        self._seen += len(batch)
        return Tally(written=sum(type(record) in ENTITIES for record in batch))

    def close(self, *, complete: bool) -> Tally:  # noqa: ARG002 -- the contract's
        limit = self.config.limit
        if limit is not None and self._seen > limit and self.config.format == "text":
            _print(f"… and {_count(self._seen - limit, 'more record')}\n")
        sys.stdout.flush()
        return Tally()


def _print(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def text(record: Record) -> str:
    """A record as one line: its kind, whom it speaks of, what it says. No character of it moves the cursor."""
    say = _SAY.get(type(record))
    said = say(record) if say else ""
    return _safe(f"{codec.tag(record):<14}  {record.ref}" + (f"  {said}" if said else ""))


def _safe(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join([_escaped(c) if _moves(c) else c for c in text])


def _moves(character: str) -> bool:
    return character in _TURNS or unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _joined(*parts: str | None) -> str:
    return ", ".join([part for part in parts if part])


def _dataset(r: records.Dataset) -> str:
    keys = len(r.foreign_keys)
    return _joined(r.kind, _count(len(r.columns), "column"), _count(keys, "foreign key") if keys else "", r.comment)


def _stats(r: records.Stats) -> str:
    about = "" if r.exact else "about "
    return _joined(
        f"{about}{_count(r.rows, 'row')}" if r.rows is not None else "",
        _count(r.bytes, "byte") if r.bytes is not None else "",
        f"modified {r.modified_at.isoformat()}" if r.modified_at else "",
    )


def _lineage(r: records.Lineage) -> str:
    sources = ", ".join([str(upstream.ref) for upstream in r.upstreams]) or "nothing"
    return f"from {sources}" + (f" by {r.job}" if r.job else "") + f" ({r.how})"


def _tags(r: records.Tags) -> str:
    return ", ".join([f"{tag.column}: {tag.name}" if tag.column else tag.name for tag in r.tags])


def _description(r: records.Description) -> str:
    return (f"{r.column}: " if r.column else "") + r.text


def _trouble(r: records.Skipped | records.Failed) -> str:
    said = r.reason if isinstance(r, records.Skipped) else f"{r.call}: {r.error}"
    return (f"{r.part}: " if r.part else "") + said + (f" (try: {r.fix})" if r.fix else "")


_SAY: dict[type, Callable[[Any], str]] = {
    records.Dataset: _dataset,
    records.Definition: lambda r: f"{r.dialect}, {_count(len(r.text), 'character')}",
    records.Partitions: lambda r: _joined(r.method, ", ".join(r.by), _count(len(r.parts), "part")),
    records.Stats: _stats,
    records.Container: lambda r: _joined(r.kind, r.comment),
    records.Job: lambda r: _joined(r.kind, r.schedule, r.comment),
    records.JobRun: lambda r: _joined(r.id, r.status),
    records.Lineage: _lineage,
    records.SameAs: lambda r: f"{r.why} of {r.other}",
    records.Dashboard: lambda r: _joined(r.title, _count(len(r.charts), "chart")),
    records.Chart: lambda r: _joined(r.title, r.kind),
    records.Person: lambda r: _joined(r.title, r.email),
    records.Group: lambda r: _joined(r.title, _count(len(r.members), "member")),
    records.Ownership: lambda r: ", ".join([f"{owner.name} ({owner.role})" for owner in r.owners]),
    records.Tags: _tags,
    records.Description: _description,
    records.Term: lambda r: r.definition or "",
    records.Domain: lambda r: _joined(r.comment, _count(len(r.members), "member")),
    records.Profile: lambda r: _joined(r.at.isoformat(), _count(len(r.columns), "column")),
    records.Usage: lambda r: f"{_count(r.queries, 'query').replace('querys', 'queries')} since {r.start.isoformat()}",
    records.Check: lambda r: _joined(r.name, r.column, r.expectation),
    records.CheckResult: lambda r: _joined(r.name, "passed" if r.passed else "failed", r.message),
    records.Sample: lambda r: _count(len(r.rows), "row"),
    records.Filtered: lambda r: r.rule,
    records.Skipped: _trouble,
    records.Failed: _trouble,
    records.ScopeComplete: lambda r: ", ".join(r.covers),
}
