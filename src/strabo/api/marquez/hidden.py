"""What was deleted through this dialect: hidden in it until something new is said, as Marquez does it.

The catalog retires only what a source no longer lists; a click on a page proves nothing of the kind.
"""

from collections.abc import Iterable

import msgspec

from strabo.api.marquez.cards import Card
from strabo.api.marquez.datasets import written_at
from strabo.store.protocol import Reader

SPACE = "marquez.hidden"


class Mark(msgspec.Struct, frozen=True):
    """When something was hidden: the transaction, and microseconds since 1970."""

    tx: int
    at: int = 0


def node_key(node: int) -> str:
    return f"node:{node}"


def namespace_key(namespace: str) -> str:
    return f"namespace:{namespace}"


class Hidden:
    """The marks of now."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._marks = {n.key: Mark(msgspec.json.decode(n.body, type=int), n.at) for n in reader.notes(SPACE)}

    @property
    def any(self) -> bool:
        """Whether anything was ever hidden."""
        return bool(self._marks)

    def visible(self, cards: Iterable[Card]) -> list[Card]:
        """Those that are not hidden, or of which something was said, or that a run wrote, since."""
        every = list(cards)
        doubtful = {c.node: mark for c in every if (mark := self._mark(c)) is not None and c.last_tx <= mark.tx}
        if doubtful:
            last = written_at(self._reader.seen_edges(list(doubtful)))
            doubtful = {node: mark for node, mark in doubtful.items() if last.get(node, mark.at) <= mark.at}
        return [card for card in every if card.node not in doubtful]

    def namespace(self, namespace: str, last_tx: int) -> bool:
        """Whether a namespace is hidden. last_tx: when anything was last said of itself."""
        mark = self._marks.get(namespace_key(namespace))
        return mark is not None and last_tx <= mark.tx

    def _mark(self, card: Card) -> Mark | None:
        marks = [m for key in (node_key(card.node), namespace_key(card.ref.namespace)) if (m := self._marks.get(key))]
        return max(marks, key=lambda m: m.tx, default=None)
