"""Queries that are made together with what they mean: whoever writes a query one part at a time knows its lineage.

The answer is composed here from the parts, by the rules of OpenLineage's facet, without a look at the text.
"""

import re
from collections.abc import Collection
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sql.rendering import SHOP, ask

TABLES = {name: columns for name, columns in SHOP.items() if name != "Mixed"}
DIALECTS = [
    "ansi", "athena", "bigquery", "clickhouse", "databricks", "db2", "doris", "druid", "duckdb", "hive", "mysql",
    "oracle", "pinot", "postgres", "presto", "redshift", "snowflake", "spark", "sqlite", "starrocks", "teradata",
    "trino", "tsql", "vertica",
]  # fmt: skip
RENAMES = frozenset(
    {"postgres", "duckdb", "snowflake", "trino", "presto", "tsql", "redshift", "vertica", "materialize"}
)
DIRECT = ["identity", "transformation", "aggregation"]  # the later wins

QUALIFY = frozenset({"snowflake", "bigquery", "duckdb", "databricks", "teradata", "clickhouse", "redshift"})
COMMA_JOINS = frozenset({"duckdb", "sqlite"})
WORD = re.compile(r"\w+")

Uses = frozenset[tuple[str, str, str]]  # table, column, how


def through(uses: Uses, how: str) -> Uses:
    """What becomes of uses on their way through an expression."""
    if how not in DIRECT:
        return frozenset((table, column, how) for table, column, _ in uses)
    return frozenset((t, c, max(h, how, key=DIRECT.index) if h in DIRECT else h) for t, c, h in uses)


def settled(uses: Uses) -> Uses:
    """The strongest of the direct ways that a column is used in; of the others each."""
    best: dict[tuple[str, str], str] = {}
    for table, column, how in uses:
        if how in DIRECT:
            best[table, column] = max(best.get((table, column), how), how, key=DIRECT.index)
    return frozenset([use for use in uses if use[2] not in DIRECT] + [(t, c, h) for (t, c), h in best.items()])


class Rows:
    """Something that rows come from: what its columns are made of, and what decides about its rows."""

    def __init__(self, columns: dict[str, Uses], decides: Uses) -> None:
        self.columns, self.decides = columns, decides


class Maker:
    """Makes queries of one dialect.

    Names are often those of something else: an alias is called like another table, a query of WITH like one that it
    hides, an output like a column that stands beside it. Columns are then named with their tables.
    """

    def __init__(self, random: Random, dialect: str) -> None:
        self.random, self.dialect = random, dialect
        self.at = 0  # numbers the other names, so that no two are alike
        self.hiding = self.chance(0.5)

    def name(self, letter: str, others: Collection[str] = (), taken: Collection[str] = ()) -> str:
        """A name that is new, or one of some others that is not taken."""
        left = sorted(set(others) - set(taken))
        if self.hiding and left and self.chance(0.5):
            return self.random.choice(left)
        self.at += 1
        return f"{letter}{self.at}"

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # --- queries

    def query(self, depth: int, named: dict[str, Rows], width: int | None = None) -> tuple[str, Rows]:
        if depth and self.chance(0.25):
            inner = dict(named)
            parts: list[str] = []
            for _ in range(self.random.randint(1, 2)):
                text, rows = self.query(depth - 1, inner)
                name = self.name("w", {*TABLES, *named}, {*WORD.findall(text), *WORD.findall(" ".join(parts))})
                columns, rows = self.renamed(rows, 0.3)
                inner[name] = rows
                parts.append(f"{name}{columns} AS ({text})")
            text, rows = self.body(depth, inner, width)
            return f"WITH {', '.join(parts)} {text}", rows
        return self.body(depth, named, width)

    def renamed(self, rows: Rows, share: float) -> tuple[str, Rows]:
        """Perhaps with a list of other names for the columns."""
        if not self.chance(share):
            return "", rows
        names = [self.name("n") for _ in rows.columns]
        return f" ({', '.join(names)})", Rows(dict(zip(names, rows.columns.values(), strict=True)), rows.decides)

    def body(self, depth: int, named: dict[str, Rows], width: int | None) -> tuple[str, Rows]:
        if not depth or self.chance(0.7):
            return self.select(depth, named, width)
        left, one = self.select(depth - 1, named, width)
        right, other = self.select(depth - 1, named, len(one.columns))
        word = self.random.choice(["UNION ALL", "UNION ALL", "UNION", "EXCEPT", "INTERSECT"])
        if self.dialect == "bigquery" and word != "UNION ALL":
            word += " DISTINCT"
        decides = one.decides | other.decides
        if not word.startswith("UNION ALL"):  # what is compared decides
            for uses in (*one.columns.values(), *other.columns.values()):
                decides |= through(uses, "group_by" if word.startswith("UNION") else "filter")
        if not word.startswith("UNION"):  # the rows are the left side's
            columns = one.columns
        else:
            pairs = zip(one.columns.items(), other.columns.values(), strict=True)
            columns = {name: uses | more for (name, uses), more in pairs}
        return f"{left} {word} {right}", Rows(columns, decides)

    def select(
        self, depth: int, named: dict[str, Rows], width: int | None, outer: dict[str, Rows] | None = None
    ) -> tuple[str, Rows]:
        text, scope, decides = self.sources(depth, named)
        seen = {**(outer or {}), **scope}
        made: list[tuple[str, str, Uses]] = []
        if width is None and outer is None and self.chance(0.2):
            alias = self.random.choice(sorted(scope))
            taken = list(scope[alias].columns.items())
            outputs = f"{alias}.*"
            made = [("", name, uses) for name, uses in taken]
        else:
            for _ in range(width or self.random.randint(1, 3)):
                value, uses = self.expression(depth, named, seen)
                names = {name for rows in scope.values() for name in rows.columns}
                made.append((value, self.name("o", names, {name for _, name, _ in made}), uses))
            outputs = ", ".join(f"{value} AS {name}" for value, name, _ in made)
            if self.chance(0.2):
                outputs = f"DISTINCT {outputs}"
                for _, _, uses in made:
                    decides |= through(uses, "group_by")
        rest = ""
        if self.chance(0.4):
            condition, uses = self.condition(depth, named, seen)
            decides |= uses
            rest += f" WHERE {condition}"
        if self.chance(0.3):
            value, uses = self.column(scope)
            decides |= through(uses, "group_by")
            rest += f" GROUP BY {value}"
            if self.chance(0.5):
                value, uses = self.column(scope)
                decides |= through(uses, "filter")
                rest += f" HAVING max({value}) > 1"
        if self.chance(0.15) and not rest and outer is None and self.dialect in QUALIFY:
            value, uses = self.column(scope)
            decides |= through(uses, "filter")
            rest += f" QUALIFY row_number() OVER (ORDER BY {value}) = 1"
        return f"SELECT {outputs} FROM {text}{rest}", Rows({name: uses for _, name, uses in made}, decides)

    def sources(self, depth: int, named: dict[str, Rows]) -> tuple[str, dict[str, Rows], Uses]:
        text, alias, rows = self.source(depth, named)
        scope, decides = {alias: rows}, rows.decides
        words: list[str] = []
        for _ in range(self.random.randint(0, 2)):
            more, alias, rows = self.source(depth, named, scope)
            decides |= rows.decides
            last = {alias: rows}
            scope[alias] = rows
            one, own = self.column(scope, plain=False)
            other, theirs = self.column(last, plain=False)
            word = self.random.choice(["JOIN", "LEFT JOIN", "CROSS JOIN", "FULL OUTER JOIN", ","])
            if "," in words and self.dialect not in COMMA_JOINS:  # ON does not see what is before the comma
                word = "CROSS JOIN"
            words.append(word)
            text += f" {word} {more}"
            if word not in {"CROSS JOIN", ","}:
                text += f" ON {one} = {other}"
                decides |= through(own | theirs, "join")
        return text, scope, decides

    def source(self, depth: int, named: dict[str, Rows], beside: Collection[str] = ()) -> tuple[str, str, Rows]:
        if named and self.chance(0.4):
            name = self.random.choice(sorted(named))
            if name not in beside and self.chance(0.3):
                return name, name, named[name]
            alias = self.name("a", {*TABLES, *named}, beside)
            return f"{name} {alias}", alias, named[name]
        if depth and self.chance(0.4):
            text, rows = self.query(depth - 1, named)
            alias = self.name("d", {*TABLES, *named}, beside)
            names, rows = self.renamed(rows, 0.3 if self.dialect in RENAMES else 0)
            return f"({text}) {alias}{names}", alias, rows
        table = self.random.choice(sorted(TABLES.keys() - named.keys()) or ["events"])
        if table in named:
            return self.source(depth, named, beside)
        alias = self.name("t", {*TABLES, *named}, beside)
        columns = {column: frozenset({(table, column, "identity")}) for column in TABLES[table]}
        return f"{table} {alias}", alias, Rows(columns, frozenset())

    # --- values

    def column(self, scope: dict[str, Rows], *, plain: bool = True) -> tuple[str, Uses]:
        alias = self.random.choice(sorted(scope))
        name = self.random.choice(sorted(scope[alias].columns))
        owners = sum(name in rows.columns for rows in scope.values())
        plain = plain and not self.hiding
        return (name if plain and owners == 1 and self.chance(0.3) else f"{alias}.{name}"), scope[alias].columns[name]

    def expression(self, depth: int, named: dict[str, Rows], scope: dict[str, Rows]) -> tuple[str, Uses]:
        one, a = self.column(scope)
        other, b = self.column(scope)
        made = "transformation"
        match self.random.randint(0, 9):
            case 0 | 1 | 2:
                return one, a
            case 3:
                return f"(upper({one}) || {other})", through(a | b, made)
            case 4:
                inner, c = self.expression(0, named, scope)
                condition, d = self.condition(0, named, scope)
                uses = through(c | b, made) | through(d, "conditional")
                return f"CASE WHEN {condition} THEN {inner} ELSE {other} END", uses
            case 5:
                return f"sum({one} * {other})", through(a | b, "aggregation")
            case 6:
                return f"min({one}) OVER (PARTITION BY {other})", through(a, "aggregation") | through(b, "window")
            case 7:
                return f"row_number() OVER (PARTITION BY {one} ORDER BY {other} DESC)", through(a | b, "window")
            case 8 if depth:
                text, rows = self.select(0, named, 1, outer=scope)
                (uses,) = rows.columns.values()
                return f"({text})", uses | rows.decides
            case _:
                return f"CAST({one} AS VARCHAR(10))", through(a, made)

    def condition(self, depth: int, named: dict[str, Rows], scope: dict[str, Rows]) -> tuple[str, Uses]:
        """Its uses: as of a condition, but for what a query in it is decided by itself."""
        one, a = self.column(scope)
        other, b = self.column(scope)
        kind = self.random.randint(0, 4)
        if kind in {3, 4} and depth:
            text, rows = self.select(0, named, 1, outer=scope)
            (uses,) = rows.columns.values()
            if kind == 3:
                return f"EXISTS ({text})", frozenset(rows.decides)
            return f"{one} IN ({text})", through(a | uses, "filter") | rows.decides
        if kind == 2:
            return f"{one} BETWEEN 1 AND {other}", through(a | b, "filter")
        return f"({one} = 1 OR {other} IS NULL)", through(a | b, "filter")


@st.composite
def queries(draw: st.DrawFn) -> tuple[str, str, Rows]:
    dialect = draw(st.sampled_from(DIALECTS))
    maker = Maker(draw(st.randoms(use_true_random=False)), dialect)
    text, rows = maker.query(draw(st.integers(0, 3)), {})
    return dialect, text, rows


def low(name: Any) -> str:
    return str(name).lower()


@given(queries())
@settings(deadline=None)
def test_a_query_means_what_it_was_made_to_mean(made: tuple[str, str, Rows]) -> None:
    dialect, text, rows = made
    result = ask(text, dialect, TABLES)
    assert not result.unparsed
    (statement,) = result.statements
    assert not statement.unknown
    assert [low(output.name) for output in statement.outputs] == list(rows.columns)
    found = {(low(e.target), low(e.table[-1]), low(e.source), e.how) for e in statement.edges}
    assert found == {(name, *use) for name, uses in rows.columns.items() for use in settled(uses)}
    assert {(low(d.table[-1]), low(d.source), d.how) for d in statement.influences} == set(rows.decides)
    assert not any(edge.guessed for edge in statement.edges)


def plainly(use: tuple[str, str, str]) -> tuple[str, str, str]:
    """A use without which of the direct ways it is: where a way is not known, a weaker one may be what is left."""
    return (*use[:2], DIRECT[0] if use[2] in DIRECT else use[2])


@given(queries(), st.sets(st.sampled_from(sorted(TABLES))))
@settings(deadline=None)
def test_with_fewer_schemas_less_is_said_and_nothing_else(made: tuple[str, str, Rows], known: set[str]) -> None:
    dialect, text, rows = made
    (statement,) = ask(text, dialect, {name: columns for name, columns in TABLES.items() if name in known}).statements
    truth = {plainly(use) for uses in rows.columns.values() for use in uses}
    found = {plainly((low(e.table[-1]), low(e.source), e.how)) for e in statement.edges}
    assert found <= truth
    decides = {(low(d.table[-1]), low(d.source), d.how) for d in statement.influences}
    assert decides <= set(rows.decides)
    assert all(edge.guessed or low(edge.table[-1]) in known for edge in statement.edges)
    if found != truth or decides != set(rows.decides):
        assert statement.unknown
