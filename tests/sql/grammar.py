"""Statements of any shape that SQLite runs, by chance: joins of every kind, queries in queries, WITH, sets, windows.

What they give never hangs on the order in which an engine happens to find rows, so that what changes has a reason.
"""

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES = {"r": ("a", "b", "c"), "s": ("a", "d", "e"), "t": ("d", "f", "g"), "u": ("h", "i")}

Columns = list[str]
Sources = list[tuple[str, Columns]]
"""What a SELECT sees: each by the name that qualifies its columns."""


class Grammar:
    """Makes one query; `merged`: the columns that USING and NATURAL have compared in it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.merged: set[tuple[str, str]] = set()
        self._names = 0

    def one(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    def fresh(self, letter: str) -> str:
        self._names += 1
        return f"{letter}{self._names}"

    # --- queries -----------------------------------------------------------------------------------------------------

    def query(
        self, depth: int, outer: Sources, ctes: dict[str, Columns], many: int | None = None
    ) -> tuple[str, Columns]:
        """A query of so many levels, and what its outputs are called; with so many of them, where that is said."""
        ctes = dict(ctes)
        clause = self.with_(depth, ctes) if depth > 1 and self.chance(0.3) else ""
        if depth > 1 and self.chance(0.2):
            first, columns = self.select(depth - 1, outer, ctes, many)
            second, _ = self.select(depth - 1, outer, ctes, len(columns))
            text = f"{first} {self.one('UNION ALL', 'UNION ALL', 'UNION', 'EXCEPT', 'INTERSECT')} {second}"
        else:
            text, columns = self.select(depth, outer, ctes, many)
        if self.chance(0.15):  # by all of them, so that it is certain which rows are left
            keys = columns if self.chance(0.7) else [str(at) for at in range(1, len(columns) + 1)]
            text = f"{text} ORDER BY {', '.join(keys)} LIMIT {self.random.randint(1, 3)}"
        return clause + text, columns

    def with_(self, depth: int, ctes: dict[str, Columns]) -> str:
        made: list[str] = []
        for _ in range(self.random.randint(1, 2)):
            name = self.fresh("w")
            text, columns = self.query(depth - 1, [], ctes)
            if self.chance(0.15):
                columns = [self.fresh("k") for _ in range(2)]
                made.append(f"{name}({', '.join(columns)}) AS ({self.recursive(depth, name, columns, ctes)})")
            elif self.chance(0.4):
                columns = [self.fresh("k") for _ in columns]
                made.append(f"{name}({', '.join(columns)}) AS ({text})")
            else:
                made.append(f"{name} AS ({text})")
            ctes[name] = columns
        return f"WITH RECURSIVE {', '.join(made)} "

    def recursive(self, depth: int, name: str, columns: Columns, ctes: dict[str, Columns]) -> str:
        """Rows that come from rows: UNION, so that there is an end."""
        anchor, _ = self.select(depth - 1, [], ctes, 2)
        table, alias, own = self.one(*TABLES), self.fresh("x"), self.fresh("y")
        sees = Sees(self, [(own, columns), (alias, list(TABLES[table]))], [], 0, ctes, qualified=True)
        step = f"SELECT {sees.column()}, {sees.column()} FROM {name} AS {own} JOIN {table} AS {alias}"
        return f"{anchor} UNION {step} ON {sees.condition()}"

    def select(self, depth: int, outer: Sources, ctes: dict[str, Columns], many: int | None) -> tuple[str, Columns]:
        clause, own = self.from_clause(depth, outer, ctes)
        sees = Sees(self, own, outer, depth, ctes)
        where = f" WHERE {sees.condition()}" if self.chance(0.5) else ""
        count = many or self.random.randint(1, 4)
        keys: list[str] = []
        if self.chance(0.25):
            keys = [sees.column() for _ in range(self.random.randint(1, 2))]
            made = [self.random.choice(keys) if self.chance(0.4) else sees.aggregate() for _ in range(count)]
        elif self.chance(0.1):
            made = [sees.aggregate() for _ in range(count)]
        else:
            made = [sees.value(windows=True) for _ in range(count)]
            names = [column for _, columns in own for column in columns]
            if many is None and len(set(names)) == len(names) and self.chance(0.15):
                return (
                    f"SELECT {self.one('*', ', '.join(f'{alias}.*' for alias, _ in own))} FROM {clause}{where}",
                    names,
                )
        columns = [self.fresh("c") for _ in made]
        if keys:
            where += f" GROUP BY {', '.join(self.spelled(key, made, columns) for key in keys)}"
            where += f" HAVING {sees.aggregate()} > {self.random.randint(0, 2)}" if self.chance(0.4) else ""
        outputs = ", ".join(f"{value} AS {name}" for value, name in zip(made, columns, strict=True))
        distinct = "DISTINCT " if self.chance(0.12) else ""
        return f"SELECT {distinct}{outputs} FROM {clause}{where}", columns

    def spelled(self, key: str, made: list[str], columns: Columns) -> str:
        """A key of GROUP BY: as it is, or by the number or the name of the output that it is."""
        if key in made and self.chance(0.5):
            at = made.index(key)
            return self.one(str(at + 1), columns[at])
        return key

    # --- FROM --------------------------------------------------------------------------------------------------------

    def from_clause(self, depth: int, outer: Sources, ctes: dict[str, Columns]) -> tuple[str, Sources]:
        text, first = self.source(depth, ctes)
        own: Sources = [first]
        for _ in range(self.random.choice([0, 0, 1, 1, 2])):
            item, source = self.source(depth, ctes)
            sees = Sees(self, [*own, source], outer, 0, ctes, qualified=True)  # what comes later may have the name too
            kind = self.one("JOIN", "LEFT JOIN", "INNER JOIN")
            how = self.random.random()
            if how < 0.6:
                text += f" {kind} {item} ON {sees.condition()}"
            elif how < 0.8:
                text += f"{self.one(',', ' CROSS JOIN')} {item}"
            else:
                text += f" {kind} {item} ON {own[-1][0]}.{self.one(*own[-1][1])} = {source[0]}.{self.one(*source[1])}"
            own.append(source)
        return text, own

    def source(self, depth: int, ctes: dict[str, Columns]) -> tuple[str, tuple[str, Columns]]:
        alias = self.fresh("x")
        if ctes and self.chance(0.4):
            name = self.one(*sorted(ctes))
            return f"{name} AS {alias}", (alias, ctes[name])
        if depth > 1 and self.chance(0.35):
            text, columns = self.query(depth - 1, [], ctes)
            return f"({text}) AS {alias}", (alias, columns)
        if self.chance(0.15):
            return self.united(alias)
        if self.chance(0.05):
            rows = ", ".join(f"({self.random.randint(0, 2)}, {self.random.randint(0, 2)})" for _ in range(2))
            return f"(VALUES {rows}) AS {alias}", (alias, ["column1", "column2"])
        table = self.one(*TABLES)
        return f"{table} AS {alias}", (alias, list(TABLES[table]))

    def united(self, alias: str) -> tuple[str, tuple[str, Columns]]:
        """Tables that USING or NATURAL make one."""
        left, right = self.random.choice([("r", "s"), ("s", "t")])
        shared = "a" if left == "r" else "d"
        self.merged |= {(left, shared), (right, shared)}
        columns = [*TABLES[left], *(column for column in TABLES[right] if column != shared)]
        how = self.one(f"JOIN {right} USING ({shared})", f"NATURAL JOIN {right}", f"LEFT JOIN {right} USING ({shared})")
        if self.chance(0.5):
            return f"(SELECT * FROM {left} {how}) AS {alias}", (alias, columns)
        some = self.random.sample(columns, 2)
        return f"(SELECT {', '.join(some)} FROM {left} {how} WHERE {self.one(*columns)} > 0) AS {alias}", (alias, some)

    # --- statements that write ---------------------------------------------------------------------------------------

    def update(self) -> tuple[str, str, Columns]:
        """An UPDATE, the table that it changes, and the columns that it assigns."""
        table = self.one(*TABLES)
        ctes: dict[str, Columns] = {}
        clause = self.with_(2, ctes) if self.chance(0.2) else ""
        own: Sources = [(table, list(TABLES[table]))]
        sees = Sees(self, own, [], 2, ctes, qualified=True)
        columns = self.random.sample(TABLES[table], self.random.randint(1, 2))
        given = ", ".join(f"{column} = {sees.value()}" for column in columns)
        where = f" WHERE {sees.condition()}" if self.chance(0.6) else ""
        return f"{clause}UPDATE {table} SET {given}{where}", table, columns


class Sees:
    """Expressions over what one SELECT sees."""

    def __init__(
        self,
        grammar: Grammar,
        own: Sources,
        outer: Sources,
        depth: int,
        ctes: dict[str, Columns],
        *,
        qualified: bool = False,
    ) -> None:
        self.grammar = grammar
        self.own = own
        self.outer = outer
        self.depth = depth
        self.ctes = ctes
        self.qualified = qualified

    def column(self) -> str:
        alias, columns = self.grammar.random.choice(self.own)
        name = self.grammar.one(*columns)
        alone = sum(name in other for _, other in self.own) == 1
        return name if alone and not self.qualified and self.grammar.chance(0.4) else f"{alias}.{name}"

    def any_column(self) -> str:
        if self.outer and self.grammar.chance(0.4):
            alias, columns = self.grammar.random.choice(self.outer)
            return f"{alias}.{self.grammar.one(*columns)}"
        return self.column()

    def value(self, *, windows: bool = False) -> str:
        c, own = self.any_column, self.column
        shapes: list[Callable[[], str]] = [
            c, c, c, c,
            lambda: f"{c()} + {c()}",
            lambda: f"coalesce({c()}, {c()}, 7)",
            lambda: f"CASE WHEN {self.condition()} THEN {c()} ELSE {self.grammar.random.randint(0, 9)} END",
            lambda: f"CASE {c()} WHEN {c()} THEN {c()} END",
            lambda: f"iif({self.condition()}, {c()}, {c()})",
            lambda: f"abs({c()} - 1)",
            lambda: f"CAST({c()} AS TEXT)",
            lambda: f"({c()}, 1) < ({c()}, 2)",
        ]  # fmt: skip
        if windows:
            shapes += [
                lambda: f"sum({own()}) OVER (PARTITION BY {own()})",
                lambda: f"max({own()}) OVER ()",
                lambda: f"rank() OVER (PARTITION BY {own()} ORDER BY {own()})",
                lambda: f"count({own()}) OVER (ORDER BY {own()} RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)",
                lambda: f"count(*) FILTER (WHERE {own()} > 1) OVER (PARTITION BY {own()})",
            ]
        if self.depth > 1:
            shapes += [self.scalar, lambda: f"({self.exists()})", lambda: f"({self.within()})"]
        return self.grammar.random.choice(shapes)()

    def aggregate(self) -> str:
        c = self.column
        return self.grammar.random.choice([
            "count(*)", f"sum({c()})", f"max({c()} + {c()})", f"count(DISTINCT {c()})",
            f"min(CASE WHEN {c()} > 1 THEN {c()} END)", f"sum({c()}) FILTER (WHERE {c()} < 2)",
        ])  # fmt: skip

    def condition(self) -> str:
        c = self.any_column
        shapes: list[Callable[[], str]] = [
            lambda: f"{c()} = {c()}",
            lambda: f"{c()} > {self.grammar.random.randint(0, 2)}",
            lambda: f"{c()} IS NOT NULL AND {c()} <> 2",
            lambda: f"{c()} BETWEEN {c()} AND 2",
            lambda: f"NOT ({c()} = 1 OR {c()} = {c()})",
        ]
        if self.depth > 1:
            shapes += [self.exists, self.within]
        return self.grammar.random.choice(shapes)()

    def exists(self) -> str:
        text, _ = self.grammar.select(self.depth - 1, [*self.outer, *self.own], self.ctes, None)
        return f"EXISTS ({text})"

    def within(self) -> str:
        text, _ = self.grammar.query(self.depth - 1, [*self.outer, *self.own], self.ctes, 1)
        return f"{self.any_column()} {self.grammar.one('IN', 'NOT IN')} ({text})"

    def scalar(self) -> str:
        clause, own = self.grammar.from_clause(self.depth - 1, [*self.outer, *self.own], self.ctes)
        inner = Sees(self.grammar, own, [*self.outer, *self.own], self.depth - 1, self.ctes)
        return f"(SELECT {inner.aggregate()} FROM {clause} WHERE {inner.condition()})"
