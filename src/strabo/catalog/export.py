"""Everything the catalog knows, as records again."""

from collections.abc import Iterator

from strabo.catalog.entries import by_precedence
from strabo.catalog.view import with_ref
from strabo.model import codec, naming
from strabo.model.records import Record
from strabo.model.ref import Ref
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS, ENTITY_ASPECTS, Fact

_CHUNK = 1000


def exported(reader: Reader, scope: Ref | None = None) -> Iterator[Record]:
    """What the catalog shows, as records: of several feeds' words the best one. Announcements come first.

    Memory stays flat.
    """
    others = tuple(a for a in ASPECTS.values() if a not in ENTITY_ASPECTS)
    for aspects in (tuple(ENTITY_ASPECTS), others):
        chunk: list[Fact] = []
        for fact in reader.scan(aspects):
            chunk.append(fact)
            if len(chunk) == _CHUNK:
                yield from _best(reader, chunk, aspects, scope)
                chunk = []
        yield from _best(reader, chunk, aspects, scope)


def _best(reader: Reader, facts: list[Fact], aspects: tuple[int, ...], scope: Ref | None) -> Iterator[Record]:
    """Those of these facts that no other feed says better."""
    nodes = reader.nodes({f.node for f in facts})
    best: dict[tuple[int, int, str], int] = {}
    for fact in by_precedence(reader.facts(list(nodes), aspects), reader.feeds()):
        aspect = 0 if fact.aspect in ENTITY_ASPECTS else fact.aspect  # an object is announced once
        best.setdefault((fact.node, aspect, fact.part), fact.id)
    for fact in facts:
        aspect = 0 if fact.aspect in ENTITY_ASPECTS else fact.aspect
        ref = nodes[fact.node].ref
        if best.get((fact.node, aspect, fact.part)) == fact.id and (
            scope is None or ref == scope or naming.within(scope, ref)
        ):
            yield with_ref(codec.decode(fact.body), ref)
