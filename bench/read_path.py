"""Search and lineage on a large catalog: `python -m bench.write_path --edges 5 --keep big.db`, then
`python -m bench.read_path big.db`. All on one thread, in one process, as it comes from `strabo.open`.
"""

import argparse
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import corpus
from bench.tools import peak_mib, percentile, table, write

from strabo.catalog.catalog import open_catalog
from strabo.catalog.lineage import Surroundings
from strabo.graph.csr import csr
from strabo.graph.walk import walk


def timed(what: str, calls: list[Callable[[], Any]]) -> dict[str, Any]:
    times = []
    for call in calls:
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return {
        "what": what,
        "calls": len(calls),
        "p50 ms": percentile(times, 0.5),
        "p99 ms": percentile(times, 0.99),
        "max ms": max(times),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("catalog", type=Path)
    options.add_argument("--calls", type=int, default=300)
    args = options.parse_args()
    maker = random.Random(11)
    words = corpus._WORDS
    with open_catalog(args.catalog, create=False) as catalog:
        kinds = catalog.overview().kinds
        count = kinds.get("table", 0)
        some = [maker.randrange(count) for _ in range(args.calls)]
        common = words.all[:40]
        rows = []
        queries = {
            "search: a common word": [maker.choice(common) for _ in some],
            "search: two words": [f"{words.draw(maker)} {words.draw(maker)}" for _ in some],
            "search: a whole name": [corpus.ref(n).name.rpartition(".")[2] for n in some],
            "search: the beginning of a word": [maker.choice(words.all[:2000])[:4] for _ in some],
            "search: word and filters": [
                f"{maker.choice(common)} kind:table schema:schema_{n // 1000:04}" for n in some
            ],
            "search: a column": [f"column:{corpus.dataset(n).columns[1].name}" for n in some],
        }
        for what, texts in queries.items():
            rows.append(timed(what, [lambda t=t: catalog.find(t, facets=False) for t in texts]))  # type: ignore[misc]
        everything = [t for texts in queries.values() for t in texts]
        rows.append(timed("search: all of these", [lambda t=t: catalog.find(t, facets=False) for t in everything]))  # type: ignore[misc]
        rows.append(timed("search with facets", [lambda t=t: catalog.find(t) for t in everything[::6]]))  # type: ignore[misc]
        rows.append(timed("get one dataset", [lambda n=n: catalog.get(corpus.ref(n)) for n in some]))  # type: ignore[misc]
        nodes = catalog.store.find([corpus.ref(n) for n in some])
        ids = list(nodes.values())
        around = Surroundings(catalog.store)
        for hops in (1, 3):
            for up in (True, False):
                way = "upstream" if up else "downstream"

                def follow(node: int, hops: int = hops, up: bool = up) -> Any:
                    return walk([node], lambda ns: around.neighbours(ns, upstream=up), hops=hops)

                rows.append(timed(f"lineage from the file: {hops} hops {way}", [lambda n=n: follow(n) for n in ids]))  # type: ignore[misc]
        began = time.perf_counter()
        graph = csr(catalog.store.all_edges())
        loaded = time.perf_counter() - began
        print(f"the whole graph in memory: {loaded:.2f} s")
        _graph_rows(rows, graph, ids)
    table(f"reading a catalog of {count:,} datasets", rows)
    print(f"peak memory {peak_mib():.0f} MiB")
    write(
        f"read_path_{count}", [*rows, {"what": "load the graph", "s": loaded}, {"what": "peak MiB", "MiB": peak_mib()}]
    )


def _graph_rows(rows: list[dict[str, Any]], graph: Any, ids: list[int]) -> None:
    rows.append(timed("lineage in memory: 3 hops", [lambda n=n: graph.reach([n], hops=3) for n in ids]))  # type: ignore[misc]
    rows.append(timed("lineage in memory: everything downstream", [lambda n=n: graph.reach([n]) for n in ids]))  # type: ignore[misc]


if __name__ == "__main__":
    main()
