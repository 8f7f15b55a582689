"""Adds tags, owners and descriptions to objects by rule."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from strabo.kit.patterns import matches
from strabo.kit.ref_patterns import check, covers
from strabo.model import codec, naming
from strabo.model.records import ENTITIES, Column, Dataset, Description, Owner, Ownership, Record, Tag, Tags
from strabo.model.ref import Ref

_REMEMBERED = 50_000  # objects; what the source itself says about one comes soon after it


class AddRule(msgspec.Struct, frozen=True, kw_only=True):
    match: str = "*"  # a pattern of names; one with a colon may begin with the namespace
    kinds: tuple[str, ...] = ()  # only these: "view", "topic", or a whole sort: "dataset", "job"
    column: str | None = None  # a pattern of columns: the tags and the description are theirs, not the object's
    tags: tuple[str, ...] = ()  # "pii", "tier.gold"
    owners: tuple[str | Owner, ...] = ()  # an address, a login; or {name, role, kind}
    description: str | None = None  # Markdown

    def __post_init__(self) -> None:
        check((self.match, self.column or ""))
        if not (self.tags or self.owners or self.description):
            raise ValueError("the rule adds nothing: give it tags, owners or a description")
        if self.column is not None and self.owners:
            raise ValueError("a column has no owners: put them into a rule without `column`")


class AddConfig(msgspec.Struct, frozen=True, kw_only=True):
    rules: tuple[AddRule, ...]  # all that match are added together


class _Added(msgspec.Struct, frozen=True):
    tags: tuple[Tag, ...]
    owners: tuple[Owner, ...]
    descriptions: dict[str | None, str]  # by column


class Add:
    """After an object that a rule matches: one Tags, one Ownership, and a Description of it and of each column.

    What the source itself says of these comes out merged with what the rules add, for the later record replaces the
    earlier in the catalog.
    """

    def __init__(self, config: AddConfig) -> None:
        self.config = config
        self._matches = lru_cache(maxsize=8192)(matches)  # the same names of columns come again and again

    def __call__(self, records: Iterable[Record]) -> Iterator[Record]:
        known: dict[Ref, _Added] = {}
        for record in records:
            if type(record) in ENTITIES:
                yield record
                added = self._added(record)
                if added is not None:
                    known.pop(record.ref, None)
                    known[record.ref] = added
                    if len(known) > _REMEMBERED:
                        del known[next(iter(known))]
                    yield from _records(record.ref, added)
            elif isinstance(record, Tags | Ownership | Description) and record.ref in known:
                yield _merged(record, known[record.ref])
            else:
                yield record

    def _added(self, record: Record) -> _Added | None:
        kinds = {codec.tag(record), getattr(record, "kind", None)}
        tags: dict[tuple[str, str | None], Tag] = {}
        owners: dict[tuple[str, str], Owner] = {}
        descriptions: dict[str | None, str] = {}
        for rule in self.config.rules:
            if rule.kinds and kinds.isdisjoint(rule.kinds):
                continue
            if not covers(rule.match, record.ref):
                continue
            targets: list[str | None] = [None]
            if rule.column is not None:
                columns = _columns(record.columns) if isinstance(record, Dataset) else ()
                targets = [column for column in columns if self._matches(rule.column, column)]
            for target in targets:
                for tag in rule.tags:
                    tags.setdefault((tag, target), Tag(name=tag, column=target))
                if rule.description:
                    descriptions[target] = _together(descriptions.get(target), rule.description)
            for owner in rule.owners:
                person = Owner(name=owner) if isinstance(owner, str) else owner
                owners.setdefault((person.name, person.role), person)
        if not (tags or owners or descriptions):
            return None
        return _Added(tuple(tags.values()), tuple(owners.values()), descriptions)


def _columns(columns: tuple[Column, ...], prefix: str = "") -> Iterator[str]:
    """The names of columns, nested ones dotted below theirs."""
    for column in columns:
        yield prefix + naming.join(column.name) if prefix else column.name
        if column.fields:
            yield from _columns(column.fields, f"{prefix}{naming.join(column.name)}.")


def _together(first: str | None, second: str) -> str:
    """Two texts as paragraphs; one, when it holds the other."""
    if not first or first in second.split("\n\n"):
        return second
    return first if second in first.split("\n\n") else f"{first}\n\n{second}"


def _records(ref: Ref, added: _Added) -> Iterator[Record]:
    if added.tags:
        yield Tags(ref=ref, tags=added.tags)
    if added.owners:
        yield Ownership(ref=ref, owners=added.owners)
    for column, text in added.descriptions.items():
        yield Description(ref=ref, text=text, column=column)


def _merged(record: Tags | Ownership | Description, added: _Added) -> Record:
    """What the source says, and behind it what the rules add to it."""
    if isinstance(record, Tags):
        said = {(tag.name, tag.column) for tag in record.tags}
        more: Any = tuple(tag for tag in added.tags if (tag.name, tag.column) not in said)
        return Tags(ref=record.ref, tags=record.tags + more) if more else record
    if isinstance(record, Ownership):
        said_by = {(owner.name, owner.role) for owner in record.owners}
        more = tuple(owner for owner in added.owners if (owner.name, owner.role) not in said_by)
        return Ownership(ref=record.ref, owners=record.owners + more) if more else record
    text = added.descriptions.get(record.column)
    return record if text is None else msgspec.structs.replace(record, text=_together(record.text, text))
