"""What must hold for any query: rewriting it without changing its meaning changes no edge; schemas only add."""

from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import parse_one
from tests.sql.rendering import SHOP, ask

from strabo.sql.result import Statement

TABLES = {name: columns for name, columns in SHOP.items() if name != "Mixed"}
DIALECTS = st.sampled_from(["postgres", "duckdb", "sqlite", "mysql"])


class Query(msgspec.Struct, frozen=True):
    """A valid query whose tables are named by `{0}`, `{1}` where they qualify, and `{t0}`, `{t1}` in FROM."""

    template: str
    tables: tuple[str, ...]
    outputs: tuple[str, ...]
    turned: str = ""  # the same with its tables joined the other way round; "" where that means something else

    def text(self, aliases: tuple[str, ...]) -> str:
        named = {
            f"t{i}": f"{table} AS {alias}" for i, (table, alias) in enumerate(zip(self.tables, aliases, strict=False))
        }
        return self.template.format(*aliases, **named)

    @property
    def plain(self) -> str:
        return self.text(("x0", "x1", "x2"))


@st.composite
def queries(draw: st.DrawFn) -> Query:
    tables = tuple(draw(st.lists(st.sampled_from(sorted(TABLES)), min_size=1, max_size=3)))

    def column() -> str:
        at = draw(st.integers(0, len(tables) - 1))
        name = draw(st.sampled_from(TABLES[tables[at]]))
        owners = sum(name in TABLES[table] for table in tables)
        return name if owners == 1 and draw(st.booleans()) else f"{{{at}}}.{name}"

    def expression() -> str:
        shape = draw(
            st.sampled_from([
                "{a}", "{a}", "{a}", "upper({a})", "{a} + 1", "coalesce({a}, {b})", "sum({a})", "count(*)",
                "CASE WHEN {a} = 1 THEN {b} ELSE 0 END", "sum({a}) OVER (PARTITION BY {b})",
                "(SELECT max(z.price) FROM items z WHERE z.order_id = {a})", "((({a})))", "CAST({a} AS char(3))",
            ])
        )  # fmt: skip
        return shape.replace("{a}", column()).replace("{b}", column())

    made = tuple(expression() for _ in range(draw(st.integers(1, 4))))
    outputs = ", ".join(f"{text} AS c{i}" for i, text in enumerate(made))
    kinds = [draw(st.sampled_from(["JOIN", "LEFT JOIN"])) for _ in tables[1:]]
    equal = [
        f"ON {{{i - 1}}}.{TABLES[tables[i - 1]][0]} = {{{i}}}.{TABLES[tables[i]][0]}" for i in range(1, len(tables))
    ]
    last = len(tables) - 1
    joined = "{t0}" + "".join(f" {kinds[i]} {{t{i + 1}}} {equal[i]}" for i in range(last))
    turned = f"{{t{last}}}" + "".join(f" JOIN {{t{i}}} {equal[i]}" for i in reversed(range(last)))
    rest = ""
    if draw(st.booleans()):
        rest += f" WHERE {column()} > 3 AND EXISTS (SELECT 1 FROM orders y WHERE y.id = {column()})"
    if draw(st.booleans()):
        rest += f" GROUP BY {column()}"
    other_way = f"SELECT {outputs} FROM {turned}{rest}" if set(kinds) <= {"JOIN"} else ""
    return Query(f"SELECT {outputs} FROM {joined}{rest}", tables, made, other_way)


def only(text: str, dialect: str, known: set[str] | None = None) -> Statement:
    tables = TABLES if known is None else {name: c for name, c in TABLES.items() if name in known}
    (statement,) = ask(text, dialect, tables).statements
    return statement


def meaning(statement: Statement) -> tuple[object, ...]:
    names = tuple(output.name for output in statement.outputs)
    return names, frozenset(statement.edges), frozenset(statement.influences), len(statement.unknown)


@given(queries(), DIALECTS)
@settings(deadline=None)
def test_every_column_is_known(query: Query, dialect: str) -> None:
    statement = only(query.plain, dialect)
    assert not statement.unknown
    assert not any(edge.guessed for edge in statement.edges)


@given(queries(), DIALECTS, st.booleans())
@settings(deadline=None)
def test_expressions_are_quoted_from_the_text(query: Query, dialect: str, inner: bool) -> None:
    text = f"SELECT * FROM ({query.plain}) AS w" if inner else query.plain
    for output, made in zip(only(text, dialect).outputs, query.outputs, strict=True):
        written = made.format("x0", "x1", "x2")
        bare = written.strip("()").replace(".", "").replace("_", "").isalnum()
        assert output.expression == ("" if bare else written)


@given(queries(), DIALECTS)
@settings(deadline=None)
def test_wrapping_in_a_cte_or_a_subquery(query: Query, dialect: str) -> None:
    expected = meaning(only(query.plain, dialect))
    assert meaning(only(f"WITH w AS ({query.plain}) SELECT * FROM w", dialect)) == expected
    assert meaning(only(f"SELECT w.* FROM ({query.plain}) AS w", dialect)) == expected
    assert meaning(only(f"(({query.plain}))", dialect)) == expected
    assert meaning(only(f"{query.plain} UNION ALL {query.plain}", dialect)) == expected


@given(queries(), DIALECTS)
@settings(deadline=None)
def test_the_names_of_aliases_do_not_matter(query: Query, dialect: str) -> None:
    assert meaning(only(query.text(("k", "w", "q")), dialect)) == meaning(only(query.plain, dialect))


@given(queries(), DIALECTS)
@settings(deadline=None)
def test_the_layout_does_not_matter(query: Query, dialect: str) -> None:
    expected = meaning(only(query.plain, dialect))
    assert meaning(only(parse_one(query.plain, dialect=dialect).sql(dialect=dialect, pretty=True), dialect)) == expected
    assert meaning(only(query.plain.replace(" ", "\r\n ").replace(",", " /* ; ' */,-- )\n\t"), dialect)) == expected


@given(queries(), DIALECTS)
@settings(deadline=None)
def test_the_order_of_inner_joins_does_not_matter(query: Query, dialect: str) -> None:
    if query.turned:
        turned = msgspec.structs.replace(query, template=query.turned)
        assert meaning(only(turned.plain, dialect)) == meaning(only(query.plain, dialect))


@given(queries(), st.sampled_from(["postgres", "duckdb", "sqlite", "trino", "hive", "databricks"]), st.randoms())
@settings(deadline=None)
def test_the_case_of_plain_names_does_not_matter_where_they_fold(query: Query, dialect: str, random: Random) -> None:
    loud = "".join(c.upper() if random.random() < 0.5 else c for c in query.plain)
    told, plain = only(loud, dialect), only(query.plain, dialect)
    assert [o.name.lower() for o in told.outputs] == [o.name for o in plain.outputs]
    assert {(e.table, e.source, e.target.lower(), e.how, e.guessed) for e in told.edges} == {
        (e.table, e.source, e.target, e.how, e.guessed) for e in plain.edges
    }
    assert set(told.influences) == set(plain.influences)
    assert not told.unknown


@given(queries(), DIALECTS, st.sets(st.sampled_from(sorted(TABLES))))
@settings(deadline=None)
def test_a_schema_more_only_turns_unknown_into_known(query: Query, dialect: str, known: set[str]) -> None:
    whole, part = only(query.plain, dialect), only(query.plain, dialect, known)
    everything = {(edge.table, edge.source, edge.target, edge.how) for edge in whole.edges}
    for edge in part.edges:
        assert edge.guessed or (edge.table, edge.source, edge.target, edge.how) in everything
    assert set(part.influences) <= set(whole.influences)
    if part.edges != whole.edges or part.influences != whole.influences:
        assert part.unknown
