"""Everything the catalog knows, as records again."""

from collections.abc import Iterator

from strabo.catalog.view import with_ref
from strabo.model import codec, naming
from strabo.model.records import Record
from strabo.model.ref import Ref
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS, ENTITY_ASPECTS, Fact

_CHUNK = 1000


def exported(reader: Reader, scope: Ref | None = None) -> Iterator[Record]:
    """Every current fact, announcements before what is said of the announced. Memory stays flat."""
    others = tuple(a for a in ASPECTS.values() if a not in ENTITY_ASPECTS)
    for aspects in (tuple(ENTITY_ASPECTS), others):
        chunk: list[Fact] = []
        for fact in reader.scan(aspects):
            chunk.append(fact)
            if len(chunk) == _CHUNK:
                yield from _named(reader, chunk, scope)
                chunk = []
        yield from _named(reader, chunk, scope)


def _named(reader: Reader, facts: list[Fact], scope: Ref | None) -> Iterator[Record]:
    nodes = reader.nodes({f.node for f in facts})
    for fact in facts:
        ref = nodes[fact.node].ref
        if scope is None or ref == scope or naming.within(scope, ref):
            yield with_ref(codec.decode(fact.body), ref)
