"""Leaves objects out by name or by kind."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from strabo.kit.ref_patterns import check, covers
from strabo.model import codec
from strabo.model.records import ACCOUNTS, ENTITIES, Filtered, Record
from strabo.model.ref import Ref


class FilterConfig(msgspec.Struct, frozen=True, kw_only=True):
    include: tuple[str, ...] = ()  # patterns of names that stay; none: all stay
    exclude: tuple[str, ...] = ()  # patterns of names that go; they win over `include`
    kinds: tuple[str, ...] = ()  # kinds that stay: "view", "topic", or a whole sort: "dataset", "job", "container"

    def __post_init__(self) -> None:
        check(self.include + self.exclude)


class Filter:
    """Puts Filtered in the place of an object that goes, and drops what else is said about it.

    A pattern is matched against the name (`shop.public.tmp_*`); one with a colon against the name behind its
    namespace, too (`postgres://db:5432/shop.*`). Skipped, Failed and ScopeComplete pass: a filter hides no trouble,
    and what it leaves out is not gone.
    """

    def __init__(self, config: FilterConfig) -> None:
        self.config = config
        self._kinds = frozenset(config.kinds)

    def __call__(self, records: Iterable[Record]) -> Iterator[Record]:
        config = self.config
        dropped: set[Ref] = set()  # by kind: unlike a name's, this verdict cannot be found again from the Ref
        last: Ref | None = None
        rule: str | None = None
        for record in records:
            if type(record) in ACCOUNTS:
                yield record
                continue
            ref = record.ref
            if ref is not last and ref != last:
                rule = rule_against(ref, config.include, config.exclude)
                last = ref
            if type(record) not in ENTITIES:
                if rule is None and ref not in dropped:
                    yield record
            elif rule is not None:
                yield Filtered(ref=ref, rule=rule)
            elif self._kinds and self._kinds.isdisjoint(kinds_of(record)):
                dropped.add(ref)
                yield Filtered(ref=ref, rule=f"kinds {', '.join(config.kinds)}")
            else:
                dropped.discard(ref)
                yield record


def kinds_of(record: Record) -> tuple[str, ...]:
    """What an object may be called: its sort, and its kind where it has one: ("dataset", "view")."""
    kind = getattr(record, "kind", None)
    tag = codec.tag(record)
    return (tag, kind) if kind else (tag,)


def rule_against(ref: Ref, include: Sequence[str], exclude: Sequence[str]) -> str | None:
    """The rule that leaves an object out, as written; None when it stays."""
    for pattern in exclude:
        if covers(pattern, ref):
            return f"exclude {pattern}"
    if include and not any(covers(pattern, ref) for pattern in include):
        return f"include {', '.join(include)}"
    return None
