"""Names of tables as statements write them, and the full names that they may mean.

A name is compared by its key: two spellings with one key are one object. What the catalog lists is keyed as if it
were quoted, for it is spelled exactly. `dialects` has the rules.
"""

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from strabo.model import naming
from strabo.sql.dialects import Case, facts, lower

Parts = tuple[str, ...]


def case(dialect: str) -> Case:
    """The case rules of a dialect; any that is not known compares regardless of case, as most do."""
    return facts(dialect).case


@lru_cache(maxsize=256)
def _prefixes(search_path: tuple[str, ...]) -> tuple[Parts, ...]:
    return tuple(tuple(naming.split(p)) if p else () for p in search_path) or ((),)


def candidates(parts: Parts, quoted: tuple[bool, ...], search_path: Sequence[str], dialect: str) -> list["TableName"]:
    """The full names that a name may mean, likeliest first; never empty.

    A prefix of the search path lends a name the leading parts that it lacks: under `shop.public`, `orders` is
    `shop.public.orders`, `audit.log` is `shop.audit.log` and a name of three parts stays as it is.
    """
    found: list[TableName] = []
    if "" in parts:
        parts = tuple(part or facts(dialect).default_schema for part in parts)
    for prefix in _prefixes(tuple(search_path)):
        lent = prefix[: max(0, len(prefix) + 1 - len(parts))]
        name = TableName(lent + parts, (True,) * len(lent) + quoted)
        if name not in found:
            found.append(name)
    if len(parts) == 2:
        if dialect == "sqlite" and lower(parts[0]) == "main":
            found.append(TableName(parts[1:], quoted[1:]))
        elif dialect == "duckdb":  # `db.table` stands for `db.main.table`
            found.append(TableName((parts[0], "main", parts[1]), (quoted[0], True, quoted[1])))
    return found


class TableName(msgspec.Struct, frozen=True):
    """A table as a statement names it: its parts, outermost first, and which of them were quoted."""

    parts: Parts
    quoted: tuple[bool, ...]

    def key(self, rules: Case) -> Parts:
        return tuple(rules.table(part, quoted) for part, quoted in zip(self.parts, self.quoted, strict=True))

    def spelled(self, rules: Case) -> Parts:
        """The parts as the dialect stores them: folded where it folds, as written elsewhere."""
        return self.key(rules) if rules.renames else self.parts
