"""Patterns over the names of objects, as people write them in the settings of processors."""

import re
from collections.abc import Iterable
from functools import lru_cache

from strabo.kit.patterns import matches
from strabo.model.ref import Ref

_GROUP = re.compile(r"\(\?[^:)]*:")  # the colon of a regular expression's `(?:` says nothing about namespaces


def covers(pattern: str, ref: Ref) -> bool:
    """Whether a pattern covers an object's name, or the name behind its namespace when the pattern has a colon.

    `*tmp*` is about names: it does not match all tables of `sqlite:///tmp/shop.db`. `postgres://db:5432/shop.*` and
    `*://db:*` are about both.
    """
    return matches(pattern, ref.name) or (_has_namespace(pattern) and matches(pattern, str(ref)))


@lru_cache(maxsize=1024)
def _has_namespace(pattern: str) -> bool:
    return ":" in _GROUP.sub("", pattern)


def check(patterns: Iterable[str]) -> None:
    """Raises ValueError for the first that is no pattern."""
    for pattern in patterns:
        try:
            matches(pattern, "")
        except re.error as error:
            raise ValueError(f"{pattern} is no regular expression: {error}") from None
