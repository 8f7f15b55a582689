"""When queries ran, and how often, as logs and servers have counted them: how fresh the edges are that they prove."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from strabo.model import codec
from strabo.model.records import Usage
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS

_USAGE = (ASPECTS["usage"],)


class Seen(NamedTuple):
    """When something was first and last seen, and how many times."""

    first: datetime
    last: datetime
    times: int

    def also(self, other: "Seen | None") -> "Seen":
        """Both together."""
        if other is None:
            return self
        return Seen(min(self.first, other.first), max(self.last, other.last), self.times + other.times)


def counted(reader: Reader, jobs: Iterable[int], *, at: int | None = None) -> dict[int, Seen]:
    """Of those of these nodes that are queries of a log: when they ran, by the windows that their runs are counted in.

    A window is taken to have been used up to its end, but not beyond now.
    """
    now = datetime.now(UTC)
    found: dict[int, Seen] = {}
    for fact in reader.facts(sorted(jobs), _USAGE, at=at):
        record = codec.decode(fact.body)
        if isinstance(record, Usage):
            window = Seen(record.start, max(record.start, min(record.end, now)), record.queries)
            found[fact.node] = window.also(found.get(fact.node))
    return found
