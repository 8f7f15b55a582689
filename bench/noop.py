"""What the framework itself costs: records that nothing is done with, fully accounted for. `python -m bench.noop`

Beside it a plain chain of generators, which counts nothing: the limit in Python.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import median

from bench.tools import peak_mib, table, write

from strabo.ingest.contracts import Tally
from strabo.ingest.runner import Run, Steps
from strabo.model.records import Dataset, Record
from strabo.model.ref import Ref


class Made:
    """The same dataset records, again and again: making them is not what is measured."""

    def __init__(self, count: int) -> None:
        self._kept = [Dataset(ref=Ref("postgres://bench:5432", f"a.b.t{n}")) for n in range(1000)]
        self._rounds = count // 1000

    def read(self) -> Iterator[Record]:
        for _ in range(self._rounds):
            yield from self._kept


class Nowhere:
    """A sink that says it has written what it is given."""

    def write(self, batch: Sequence[Record]) -> Tally:
        return Tally(written=len(batch))

    def close(self, *, complete: bool) -> Tally:
        return Tally()


def untouched(records: Iterable[Record]) -> Iterator[Record]:
    """A processor that passes everything on."""
    yield from records


def plain(count: int) -> None:
    """The limit: the same three generators, a list a thousand records long, no accounting."""
    batch = []
    for record in untouched(untouched(Made(count).read())):
        batch.append(record)
        if len(batch) == 1000:
            batch = []


def accounted(count: int, processors: int) -> None:
    steps = Steps(Made(count), [(f"noop {n}", untouched) for n in range(processors)], [Nowhere()])
    report = Run(steps, feed="bench").go()
    if report.status != "succeeded" or report.listed != report.written:
        raise RuntimeError(f"the run did not reconcile: {report}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--records", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=5)
    args = options.parse_args()
    ways: dict[str, Callable[[], None]] = {
        "plain generators, no accounting (the limit)": lambda: plain(args.records),
        "workflow, no processor": lambda: accounted(args.records, 0),
        "workflow, one processor": lambda: accounted(args.records, 1),
        "workflow, two processors": lambda: accounted(args.records, 2),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(args.rounds):
        for name, way in ways.items():
            began = time.process_time()
            way()
            times[name].append(time.process_time() - began)
    limit = median(times["plain generators, no accounting (the limit)"])
    rows = [
        {"way": name, "records/s": args.records / median(found), "x limit": median(found) / limit, "MiB": peak_mib()}
        for name, found in times.items()
    ]
    table(f"no-op records, {args.records:,}", rows)
    write("noop", rows)


if __name__ == "__main__":
    main()
