"""Things to push, gathered into requests of bounded size, each knowing its place in what was given."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from strabo.errors import BadRecord, UsageError
from strabo.kit.answers import Failure, Pushed
from strabo.kit.lines import as_line


@dataclass
class Batch:
    """The lines of one request; `places` says where each stood. What could not be made a line is in `failures`."""

    lines: list[bytes] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    bytes: int = 0

    @property
    def size(self) -> int:
        """How many things it stands for."""
        return len(self.lines) + len(self.failures)


def batches(
    things: Iterable[Any],
    *,
    most: int,
    most_bytes: int,
    whole: bool = False,
    write: Callable[[Any], bytes] = as_line,
) -> Iterator[Batch]:
    """The things in their order, at most so many and so long at a time; one that is longer goes alone.

    whole: all in one; raises UsageError where that would be too long. write: makes the line, or raises BadRecord.
    """
    batch = Batch()
    for place, thing in enumerate(things):
        try:
            line = write(thing)
        except BadRecord as error:
            batch.failures.append(Failure(place, error.what, error.fix))
            continue
        long = batch.bytes + len(line) > most_bytes
        if long and whole:
            fix = "push it in parts, or not as all or nothing"
            raise UsageError(f"more than {most_bytes >> 20} MiB cannot be stored all or nothing", fix=fix)
        if batch.lines and (long or batch.size >= most) and not whole:
            yield batch
            batch = Batch()
        batch.lines.append(line)
        batch.places.append(place)
        batch.bytes += len(line) + 1
    if batch.size:
        yield batch


def placed(done: Pushed, batch: Batch) -> Pushed:
    """What an answer says of a batch, its failures where they stood in the whole, those that were never sent too."""
    known = [replace(f, index=batch.places[f.index]) for f in done.failures if 0 <= f.index < len(batch.places)]
    failures = sorted([*known, *batch.failures], key=lambda failure: failure.index)
    return replace(
        done,
        received=done.received + len(batch.failures),
        failed=done.failed + len(batch.failures),
        failures=tuple(failures),
    )
