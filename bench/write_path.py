"""Datasets of twenty columns through the whole write path: `python -m bench.write_path --datasets 100000`

Records to facts, history, search index and edges in one file, through a run with full accounting: first load in
sorted and in random order, again unchanged, again with a tenth changed, then single durable changes.
"""

import argparse
import gc
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench import corpus
from bench.tools import peak_mib, percentile, table, write

from strabo.catalog.catalog import Catalog, open_catalog
from strabo.model import codec
from strabo.model.records import Description, Record


class Given:
    """Records made beforehand (or on the way), as a source."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = records

    def read(self) -> Iterator[Record]:
        yield from self._records


def load(catalog: Catalog, records: Iterable[Record]) -> tuple[float, Any]:
    began = time.perf_counter()
    report = catalog.ingest(Given(records), feed="bench")
    seconds = time.perf_counter() - began
    if report.status != "succeeded":
        raise RuntimeError(f"run {report.run} {report.status}: {report.problem} {report.accounts[:2]}")
    return seconds, report


def one_by_one(catalog: Catalog, count: int) -> list[float]:
    """Seconds that single durable changes take."""
    gc.collect()
    singles = []
    for n in range(300):
        began = time.perf_counter()
        catalog.put([Description(ref=corpus.ref(n * 7 % count), text=f"Written by hand, {n}")])
        singles.append(time.perf_counter() - began)
    return singles


def yardstick() -> float:
    """Records a second that msgspec alone decodes here: how fast this machine is just now."""
    bodies = [codec.encode(corpus.dataset(n)) for n in range(2000)]
    began = time.perf_counter()
    for body in bodies * 5:
        codec.decode(body)
    return len(bodies) * 5 / (time.perf_counter() - began)


def making(count: int, **how: Any) -> float:
    """Seconds that the corpus itself takes to make, which is not the write path's."""
    began = time.perf_counter()
    for _ in corpus.records(count, **how):
        pass
    return time.perf_counter() - began


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--datasets", type=int, default=100_000)
    options.add_argument("--edges", type=int, default=0, help="lineage edges a dataset, with six columns each")
    options.add_argument("--keep", type=Path, help="leave the sorted catalog here, for bench.read_path")
    options.add_argument("--no-random", action="store_true")
    options.add_argument("--short", action="store_true", help="first load, unchanged and single changes only")
    args = options.parse_args()
    rows: list[dict[str, Any]] = []
    singles: list[float] = []
    count = args.datasets
    with tempfile.TemporaryDirectory() as folder:
        for order in ["sorted"] if args.no_random else ["random", "sorted"]:
            path = args.keep if args.keep and order == "sorted" else Path(folder) / f"{order}.db"
            with open_catalog(path) as catalog:
                made = 0.0 if args.short else making(count, order=order, edges=args.edges)
                seconds, _ = load(catalog, corpus.records(count, order=order, edges=args.edges))
                rows.append(row(f"first load, {order}", count, seconds, made, path))
                seconds, report = load(catalog, corpus.records(count, order=order, edges=args.edges))
                if report.unchanged != count:
                    raise RuntimeError(f"not unchanged: {report}")
                rows.append(row("again, unchanged", count, seconds, made, path))
                if order == "random":
                    continue
                if args.short:
                    singles = one_by_one(catalog, count)
                    continue
                mixed = (
                    corpus.dataset(n, changed=n % 10 == 0) if hasattr(r, "columns") else r
                    for n, r in enumerate(corpus.records(count, edges=args.edges))
                )
                seconds, _ = load(catalog, mixed)
                rows.append(row("again, a tenth changed", count, seconds, made, path))
                singles = one_by_one(catalog, count)
    single = {"p50 ms": percentile(singles, 0.5) * 1000, "p99 ms": percentile(singles, 0.99) * 1000}
    table(f"write path, {count:,} datasets of 20 columns, {args.edges} edges each", rows)
    table("one durable change (history, search index and all)", [single])
    rate = yardstick()
    print(f"  yardstick: this machine decodes {rate:,.0f} of these records a second with msgspec, in the same minute")
    write(f"write_path_{count}", [*rows, single, {"what": "yardstick: records decoded/s", "rate": rate}])


def row(what: str, count: int, seconds: float, made: float, path: Path) -> dict[str, Any]:
    size = sum(Path(f"{path}{end}").stat().st_size for end in ("", "-wal") if Path(f"{path}{end}").exists())
    return {
        "what": what,
        "s": seconds,
        "datasets/s": count / seconds,
        "without making them": count / max(1e-9, seconds - made),
        "MiB on disk": size / 2**20,
        "MiB peak": peak_mib(),
    }


if __name__ == "__main__":
    main()
