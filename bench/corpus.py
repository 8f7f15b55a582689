"""A made-up company of any size, the same for the same size: datasets of twenty columns, lineage between them.

Names are put together from a vocabulary of 60,000 words that are used as words are, a few often and most seldom;
most are snake_case, some camelCase.
"""

import random
from bisect import bisect
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate

from strabo.model.records import CanonicalType, Column, ColumnEdge, Dataset, Lineage, Record, ScopeComplete, Upstream
from strabo.model.ref import Ref

NAMESPACE = "postgres://bench:5432"
PER_SCHEMA = 1000
_TYPES: tuple[tuple[str, CanonicalType], ...] = (("bigint", "integer"), ("text", "text"), ("numeric(12,2)", "decimal"), ("timestamp with time zone", "timestamp"),
          ("character varying(64)", "text"), ("double precision", "float"), ("boolean", "boolean"), ("date", "date"))  # fmt: skip


class Words:
    """Draws words, the n-th most common with a chance of about 1/n."""

    def __init__(self, seed: int = 7, size: int = 60_000) -> None:
        maker = random.Random(seed)
        letters = "abcdefghijklmnopqrstuvwxyz"
        self.all = ["".join(maker.choices(letters, k=maker.randint(3, 9))) for _ in range(size)]
        self._weights = list(accumulate(1 / (n + 20) for n in range(size)))

    def draw(self, random_: random.Random) -> str:
        return self.all[bisect(self._weights, random_.random() * self._weights[-1])]


def ref(number: int) -> Ref:
    """The n-th dataset: a thousand to a schema."""
    return Ref(NAMESPACE, f"bench.schema_{number // PER_SCHEMA:04}.{_leaf(number)}")


def _leaf(number: int) -> str:
    words = _WORDS
    maker = random.Random(number)
    first, second = words.draw(maker), words.draw(maker)
    return f"{first}{second.title()}{number}" if number % 10 == 0 else f"{first}_{second}_{number}"


_WORDS = Words()


@lru_cache(maxsize=4096)
def dataset(number: int, *, changed: bool = False) -> Dataset:
    """The n-th dataset with its twenty columns; `changed` renames one of them."""
    maker = random.Random(number * 31 + 1)
    columns = []
    for place in range(20):
        native, kind = _TYPES[maker.randrange(len(_TYPES))]
        name = f"{_WORDS.draw(maker)}_{_WORDS.draw(maker)}" if maker.random() < 0.7 else _WORDS.draw(maker)
        comment = f"The {_WORDS.draw(maker)} of the {_WORDS.draw(maker)}" if place % 4 == 0 else None
        if changed and place == 3:
            name = "renamed_" + name
        columns.append(
            Column(
                name=f"{name}_{place}" if place % 5 == 0 else name,
                type=native,
                kind=kind,
                nullable=maker.random() < 0.7,
                comment=comment,
            )
        )
    comment = f"Holds the {_WORDS.draw(maker)} {_WORDS.draw(maker)} of the {_WORDS.draw(maker)} domain"
    return Dataset(ref=ref(number), columns=tuple(columns), comment=comment)


def records(count: int, *, order: str = "sorted", edges: int = 0, seed: int = 3) -> Iterator[Record]:
    """`count` datasets (in their order, or shuffled), each of most of them fed by `edges` earlier ones; then the scope's end.

    An edge carries six columns. Most are fed by near neighbours, some by a few much-used ones: a layered graph.
    """
    numbers = list(range(count))
    if order == "random":
        random.Random(seed).shuffle(numbers)
    for number in numbers:
        yield dataset(number)
    if edges:
        for number in numbers:
            lineage = lineage_of(number, edges)
            if lineage is not None:
                yield lineage
    yield ScopeComplete(ref=Ref(NAMESPACE, "bench"))


def lineage_of(number: int, edges: int) -> Lineage | None:
    """What feeds the n-th dataset: nothing for the first fifth of each schema-sized block."""
    if number % PER_SCHEMA < PER_SCHEMA // 5:
        return None
    maker = random.Random(number * 17 + 5)
    block = number - number % PER_SCHEMA
    sources = {block + int((number - block) * maker.random() ** 1.5) for _ in range(edges)}
    if maker.random() < 0.05 and block:
        sources.add(int(block * maker.random()))
    here = dataset(number)
    ups = []
    for source in sorted(sources - {number}):
        there = dataset(source)
        pairs = tuple(
            ColumnEdge(source=there.columns[i].name, target=here.columns[i + 1].name) for i in range(0, 18, 3)
        )
        ups.append(Upstream(ref=there.ref, columns=pairs))
    return Lineage(ref=here.ref, upstreams=tuple(ups), how="parsed", evidence="view definition")
