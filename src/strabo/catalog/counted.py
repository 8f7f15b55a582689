"""When queries ran, and how often, as logs and servers have counted them: how fresh the edges are that they prove."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from strabo.model import codec
from strabo.model.records import JobRun, Usage
from strabo.store.protocol import Reader
from strabo.store.rows import ASPECTS

_ASPECTS = (ASPECTS["usage"], ASPECTS["run"])


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

    Where nobody says when the last run was, its window is taken to have been used up to the end, but not beyond now.
    """
    now = datetime.now(UTC)
    found: dict[int, Seen] = {}
    last: dict[int, datetime] = {}
    for fact in reader.facts(sorted(jobs), _ASPECTS, at=at):
        record = codec.decode(fact.body)
        if isinstance(record, Usage):
            window = Seen(record.start, max(record.start, min(record.end, now)), record.queries)
            found[fact.node] = window.also(found.get(fact.node))
        elif isinstance(record, JobRun) and record.started_at is not None:
            last[fact.node] = max(record.started_at, last.get(fact.node, record.started_at))
    return {node: seen._replace(last=last.get(node, seen.last)) for node, seen in found.items()}
