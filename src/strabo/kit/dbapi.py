"""Joining the answers of several catalog queries without holding any of them in memory."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any


class Groups:
    """Rows sorted by their first column, handed out group by group to one who asks in the same order.

    The key must sort in Python as it does in the database: numbers, bytes, and text compared byte by byte do. The
    first row is fetched at once, so an error that the query runs into at its start is raised here.
    """

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._groups: Iterator[tuple[Any, Iterator[tuple[Any, ...]]]] = groupby(rows, key=itemgetter(0))
        self._next = next(self._groups, None)

    def stream(self, key: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of this key, without the key, none of them held. Groups of smaller keys are passed over."""
        while self._next is not None and self._next[0] < key:
            self._next = next(self._groups, None)
        if self._next is None or self._next[0] != key:
            return
        for row in self._next[1]:
            yield row[1:]
        self._next = next(self._groups, None)

    def take(self, key: Any) -> list[tuple[Any, ...]]:
        """The same as a list; empty where there are none."""
        return list(self.stream(key))
