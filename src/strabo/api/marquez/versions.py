"""Versions: Marquez has one whenever a dataset or a job is told differently; here they are the facts that said so.

A version's UUID is made of its object's name and the fact, so that it is the same whenever it is asked for.
"""

from collections.abc import Iterable
from typing import NamedTuple

from strabo.api.marquez.ids import version_id
from strabo.catalog.view import with_ref
from strabo.model import codec
from strabo.model.records import Dataset, Job
from strabo.model.ref import Ref
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS, Fact

_ENTITIES = frozenset({ASPECTS["dataset"], ASPECTS["job"]})


class Version(NamedTuple):
    """One state of an object. Times in microseconds since 1970; `until` None: it still is."""

    id: str
    ref: Ref
    record: Dataset | Job
    since: int
    until: int | None
    tx: int  # the transaction that began it
    last_tx: int | None  # the one that ended it


class Versions:
    """All versions of some objects."""

    def __init__(self, reader: Reader, nodes: Iterable[int]) -> None:
        heads = sorted(set(nodes))
        aliases = reader.aliases(heads) if heads else {}
        owner = {other: head for head, others in aliases.items() for other in others}
        every = sorted({*heads, *owner})
        known = reader.nodes(every) if every else {}
        facts: list[Fact] = []
        if every:
            facts = reader.facts(every, tuple(_ENTITIES))
            facts += [f for f in reader.past(every) if f.aspect in _ENTITIES]
        moments = reader.moments({tx for f in facts for tx in (f.since, f.until) if tx}) if facts else {}
        self._by_node: dict[int, list[Version]] = {head: [] for head in heads}
        for fact in sorted(facts, key=lambda f: -f.id):
            head = owner.get(fact.node, fact.node)
            record = with_ref(codec.decode(fact.body), known[fact.node].ref)
            if isinstance(record, Dataset | Job):
                self._by_node[head].append(
                    Version(
                        version_id(known[head].ref, fact.id),
                        known[head].ref,
                        record,
                        moments[fact.since].at,
                        moments[fact.until].at if fact.until else None,
                        fact.since,
                        fact.until,
                    )
                )

    def of(self, node: int) -> list[Version]:
        """The newest first."""
        return self._by_node.get(node, [])

    def named(self, node: int, version: str) -> Version | None:
        return next((v for v in self.of(node) if v.id == version.lower()), None)

    def then(self, node: int, moment: int | None) -> Version | None:
        """The one that was newest at a time (microseconds since 1970; None: now); the first one before that."""
        found = self.of(node)
        if moment is not None:
            found = [v for v in found if v.since <= moment] or found[-1:]
        return found[0] if found else None
