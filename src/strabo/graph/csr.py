"""The whole graph in arrays: for walks that reach a large part of it.

Two arrays hold it: `first[n]` is where the neighbours of node n begin in `others`. Nodes are dense integers, as a store
allots them. With numpy installed and a graph large enough to be worth importing it, walks gather a level
at a time; without, the answers are the same. Built from edges whenever needed, never written to disk.
"""

from array import array
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any, NamedTuple

from strabo.errors import UsageError

if TYPE_CHECKING:
    Ints = array[int]
else:  # Python 3.11 cannot say it
    Ints = array

WORTH_NUMPY = 100_000  # edges; below, importing it takes longer than it saves
LARGEST_SINGLE = 1 << 31  # ids up to which both ends of an edge fit one number of 64 bits


class Reach(NamedTuple):
    """Nodes, and how far each is; nearest first, each level by id. As arrays, because there may be a million."""

    nodes: Ints
    hops: Ints
    left_out: int = 0


class Csr:
    """A graph that is not going to change. `neighbours` fits `walk`."""

    def __init__(self, first: Ints, others: Ints, numpy: Any = None) -> None:
        self._first, self._others, self._numpy = first, others, numpy
        if numpy is not None:
            self._first_np = numpy.frombuffer(first, dtype=numpy.int64)
            self._others_np = numpy.frombuffer(others, dtype=numpy.int64) if others else numpy.empty(0, numpy.int64)

    @property
    def nodes(self) -> int:
        """One more than the largest id."""
        return len(self._first) - 1

    @property
    def edges(self) -> int:
        return len(self._others)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Every edge, by its start."""
        first, others = self._first, self._others
        return ((n, others[i]) for n in range(self.nodes) for i in range(first[n], first[n + 1]))

    def neighbours(self, nodes: Iterable[int]) -> Iterator[tuple[int, int]]:
        """The edges that leave these nodes. A node that no edge knows has none."""
        first, others, size = self._first, self._others, self.nodes
        for node in nodes:
            if 0 <= node < size:
                for at in range(first[node], first[node + 1]):
                    yield node, others[at]

    def reach(self, start: Iterable[int], *, hops: int | None = None, limit: int | None = None) -> Reach:
        """All that can be reached, the start with 0 hops: the nodes that `walk` gives for the same arguments."""
        levels = self._levels_np if self._numpy is not None else self._levels
        nodes, far = array("q"), array("q")
        room, left_out = limit, 0
        for hop, level in enumerate(levels(start, hops)):
            taken = level if hop == 0 or room is None else level[:room]
            if hop and room is not None:
                room -= len(taken)
            left_out += len(level) - len(taken)
            nodes.extend(taken)
            far.extend(array("q", [hop]) * len(taken))
        return Reach(nodes, far, left_out)

    def _levels(self, start: Iterable[int], hops: int | None) -> Iterator[Ints]:
        first, others, size = self._first, self._others, self.nodes
        level = sorted(set(start))
        seen = bytearray(size)
        for node in level:
            if 0 <= node < size:
                seen[node] = 1
        yield array("q", level)
        hop = 0
        while level and (hops is None or hop < hops):
            hop += 1
            found = []
            for node in level:
                if 0 <= node < size:
                    for other in others[first[node] : first[node + 1]]:
                        if not seen[other]:
                            seen[other] = 1
                            found.append(other)
            found.sort()
            level = found
            if level:
                yield array("q", level)

    def _levels_np(self, start: Iterable[int], hops: int | None) -> Iterator[Ints]:
        np, first, others, size = self._numpy, self._first_np, self._others_np, self.nodes
        ids = sorted(set(start))
        yield array("q", ids)
        level = np.array([node for node in ids if 0 <= node < size], dtype=np.int64)
        seen = np.zeros(size, dtype=bool)
        seen[level] = True
        hop = 0
        while len(level) and (hops is None or hop < hops):
            hop += 1
            begin, count = first[level], first[level + 1] - first[level]
            total = int(count.sum())
            if not total:
                return
            # One index into `others` for each edge that leaves the level: where its node's edges begin, counted up.
            before = np.repeat(begin - (np.cumsum(count) - count), count)
            ends = others[before + np.arange(total)]
            fresh = ends[~seen[ends]]
            if not len(fresh):
                return
            seen[fresh] = True
            level = np.unique(fresh)
            yield array("q", level.tobytes())


def csr(edges: Iterable[tuple[int, int]], *, reverse: bool = False, numpy: bool | None = None) -> Csr:
    """The graph of these edges (against their direction if `reverse`), an edge that comes twice kept once.

    numpy: whether to use it; None means if it is installed and the graph is large. Raises UsageError when it is asked
    for and not installed, or an id is negative.
    """
    flat = array("q", chain.from_iterable(edges))
    if flat and min(flat) < 0:
        raise UsageError("a node of the graph has a negative id", where=str(min(flat)))
    module = _numpy() if numpy or (numpy is None and len(flat) // 2 >= WORTH_NUMPY) else None
    if numpy and module is None:
        raise UsageError("numpy is not installed", fix="pip install 'strabo[fast]'")
    if module is not None and flat:
        return _built_np(flat, reverse, module)
    starts, ends = (flat[1::2], flat[::2]) if reverse else (flat[::2], flat[1::2])
    pairs = sorted(set(zip(starts, ends, strict=True)))
    size = max(flat) + 1 if flat else 0
    counts = array("q", bytes(8 * size))
    for node, _ in pairs:
        counts[node] += 1
    return Csr(array("q", accumulate(counts, initial=0)), array("q", (end for _, end in pairs)), module)


def _built_np(flat: Ints, reverse: bool, np: Any) -> Csr:
    both = np.frombuffer(flat, dtype=np.int64).reshape(-1, 2)
    starts, ends = (both[:, 1], both[:, 0]) if reverse else (both[:, 0], both[:, 1])
    size = int(both.max()) + 1
    if size < LARGEST_SINGLE:  # one number for each edge sorts many times quicker than two
        keys = np.unique(starts * size + ends)
        starts, ends = keys // size, keys % size
    else:
        order = np.lexsort((ends, starts))
        starts, ends = starts[order], ends[order]
        new = np.ones(len(starts), dtype=bool)
        new[1:] = (starts[1:] != starts[:-1]) | (ends[1:] != ends[:-1])
        starts, ends = starts[new], ends[new]
    first = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(starts, minlength=size), out=first[1:])
    return Csr(array("q", first.tobytes()), array("q", ends.astype(np.int64).tobytes()), np)


@lru_cache(maxsize=1)
def _numpy() -> Any:
    """The module, or None. It takes 0.2 s to import, so only who needs it waits."""
    try:
        return import_module("numpy")
    except ImportError:
        return None
