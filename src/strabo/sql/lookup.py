"""Which column a name means, in the sources that a query sees, from the innermost query outwards.

Certain or nothing: a name that two tables may own is told as unknown. One table without a schema, among tables that
are known not to have the name, gives a column whose use is marked as guessed.
"""

from sqlglot import expressions as e

from strabo.sql.dialects import MYSQL
from strabo.sql.scope import IDENTITY, TRANSFORMATION, Column, Rest, Source, Uses, below, items_of, of_items, through
from strabo.sql.tables import Context


class Scope:
    """What one SELECT sees. `merged` holds the columns that USING made one; `aliases` those it puts out.

    `asides` are found only by `name.column`: the row that ON CONFLICT calls `excluded`, and its like.
    """

    __slots__ = ("aliases", "asides", "merged", "outer", "reusable", "sources", "windows")

    def __init__(self, outer: "Scope | None", sources: list[Source] | None = None) -> None:
        self.outer = outer
        self.sources: list[Source] = [] if sources is None else sources
        self.asides: list[Source] = []
        self.reusable = True  # whether a name may be the alias of an output
        self.merged: dict[str, Column] = {}
        self.aliases: dict[str, Column] = {}
        self.windows: dict[str, e.Expr] = {}


def plain(context: Context, name: str, key: str, scope: Scope, node: e.Expr, *, quiet: bool = False) -> Column | None:
    """The column that a name without a table means. None when it is nothing, or unknown, which is then told."""
    doubts: list[tuple[Source, Rest]] = []  # who else may have it
    level: Scope | None = scope
    found: Column | None = None
    if scope.aliases and context.facts.alias_first and key in scope.aliases:
        return scope.aliases[key]
    while level is not None:
        found = level.merged.get(key)
        if found is None:
            for source in level.sources:
                column = source.has(key)
                if column is not None:
                    if found is not None:
                        owners = [s.what for s in level.sources if s.has(key)]
                        return _unknown(context, f"ambiguous column {name}: {' or '.join(owners)}", node, quiet)
                    found = column
                    owner = source
                elif source.rests:
                    doubts += [(source, rest) for rest in source.may_have(key)]
        if found is not None:
            # An inner table without a schema would win over this one, if it had the column; one beside it cannot
            # have it, or the statement would not run.
            if level is not scope and any(s not in level.sources for s, _ in doubts):
                told = [s.what for s, _ in doubts if s not in level.sources] + [owner.what]
                return _unknown(context, f"ambiguous column {name}: {' or '.join(told)}", node, quiet)
            return found
        level = level.outer
    alias = scope.aliases.get(key) if scope.reusable else None
    if alias is not None and not doubts:
        return alias
    if alias is not None and len(doubts) == 1:
        guess = _guess(context, name, key, doubts[0][1])
        if guess.uses == alias.uses:  # `SELECT a … GROUP BY a`: the same either way
            return guess
    if doubts and "$" in key and key in context.facts.hidden:
        return None  # nobody calls a column of his own so
    if len(doubts) == 1 and alias is None:
        return _guess(context, name, key, doubts[0][1])
    if doubts:
        told = [s.what for s, _ in doubts] + (["the alias of an output"] if alias is not None else [])
        return _unknown(context, f"ambiguous column {name}: {' or '.join(told)}, not all of known columns", node, quiet)
    for source in scope.asides:
        column = source.has(key)
        if column is not None:
            return column
    return None if quiet else _nothing(context, name, key, scope, node)


def _guess(context: Context, name: str, key: str, rest: Rest) -> Column:
    spelled = key if context.rules.renames else name
    return Column(spelled, key, rest.column(spelled))


def _nothing(context: Context, name: str, key: str, scope: Scope, node: e.Expr) -> Column | None:
    if key in context.facts.hidden:
        return None
    level: Scope | None = scope
    alias = context.rules.alias(name, _quoted(node))
    while level is not None:
        for source in level.sources:
            if source.alias == alias:  # `row_to_json(t)`: the row as a value
                return Column(name, key, row(context, source, node), fields=of_items(items_of(source)))
        level = level.outer
    if context.dialect == "sqlite" and _quoted(node):
        return None  # SQLite takes "a name that is none" for a string
    if context.dialect in ROW_NAMES and (field := _of_element(name, key, scope)) is not None:
        return field
    whats = ", ".join(s.what for s in scope.sources) or "a query without tables"
    return _unknown(context, f"no column {name} in {whats}", node, False)


# Dialects in which the fields of what is unnested are columns, whether or not it has a name.
ROW_NAMES = frozenset({"bigquery", "trino", "presto", "athena"})


def _of_element(name: str, key: str, scope: Scope) -> Column | None:
    """The field of what is unnested that a name without a table may mean, where nothing else has that name: a guess."""
    level: Scope | None = scope
    found: list[Column] = []
    while level is not None:
        values = [source.value for source in level.sources if source.value is not None]
        found += [value for value in values if value.fields is None]
        level = level.outer
    if len(found) != 1 or not found[0].uses:
        return None
    return Column(name, key, frozenset((t, c, h, True) for t, c, h, _ in below(found[0].uses, name, IDENTITY)))


def row(context: Context, source: Source, node: e.Expr) -> Uses:
    """The uses of a whole row as one value."""
    uses: set[tuple[int, str, int, bool]] = set()
    for item in items_of(source):
        if isinstance(item, Column):
            uses |= through(item.uses, TRANSFORMATION)
        else:
            context.tell(f"all columns of {item.what}: they are not known", node)
    return frozenset(uses)


def qualified(context: Context, node: e.Expr, name: str, key: str, scope: Scope) -> Column | None:
    """The column that `table.name` means, where `table` may have its schema before it, or be a column of its own."""
    source = find_source(context, node, scope)
    if source is not None:
        return of_source(context, source, name, key, node)
    qualifiers = _qualifiers(node)
    fold = context.rules.column
    for up in range(1, len(qualifiers)):  # `table.column.field`
        owner = find_source(context, node, scope, up=up)
        if owner is not None:
            own, *steps = qualifiers[len(qualifiers) - up :]
            holder = of_source(context, owner, own.this, fold(own.this, _quoted_id(own)), node, own)
            return None if holder is None else field_of(context, holder, [*steps, node.args["this"]])
    first, *steps = qualifiers  # `column.field`
    holder = plain(context, first.this, fold(first.this, _quoted_id(first)), scope, node, quiet=True)
    if holder is not None and (
        context.facts.fields or (len(qualifiers) == 1 and not any(guessed for *_, guessed in holder.uses))
    ):
        return field_of(context, holder, [*steps, node.args["this"]])
    if _is_no_column(context, qualifiers[-1].this, key):
        return None
    written = ".".join(part.this for part in qualifiers)
    if len(whats := _open(scope)) > 1:
        return _unknown(context, f"{written} may be of {' or '.join(whats)}, not all of known columns", node, False)
    return _unknown(context, f"nothing is called {written} here", node, False)


def _open(scope: Scope) -> list[str]:
    """What is not known of all columns, if the fields of an array are among it."""
    level: Scope | None = scope
    rests: list[Rest] = []
    while level is not None:
        rests += [rest for source in level.sources for rest in source.rests]
        level = level.outer
    return [rest.what for rest in rests] if any(rest.fields for rest in rests) else []


def _is_no_column(context: Context, qualifier: str, key: str) -> bool:
    """`seq.NEXTVAL`, and what one of Oracle's own packages gives."""
    if key.lower() in {"nextval", "currval"}:
        return context.dialect in _SEQUENCES
    return context.dialect == "oracle" and qualifier.lower().startswith(("dbms_", "utl_"))


_SEQUENCES = frozenset({"oracle", "db2", "snowflake", "mysql", "exasol", "vertica"})


def field_of(context: Context, holder: Column, steps: list[e.Expr]) -> Column:
    """A field of a column, by the names that lead to it."""
    fold = context.rules.column
    while steps and holder.fields is not None:
        step, *steps = steps
        field = holder.fields.get(fold(step.name, _quoted_id(step)))
        if field is None:
            guess = frozenset([(t, c, h, True) for t, c, h, _ in holder.uses])  # one of them, or of none
            return Column(step.name, fold(step.name, True), through(guess, TRANSFORMATION))
        holder = field
    if not steps:
        return holder
    name = steps[-1].name
    path = ".".join(step.name for step in steps)
    return Column(name, fold(name, _quoted_id(steps[-1])), below(holder.uses, path, IDENTITY))


def of_source(
    context: Context, source: Source, name: str, key: str, node: e.Expr, part: e.Expr | None = None
) -> Column | None:
    """A source's column by name. One that hides behind a table without a schema is a guess.

    part: which part of the reference is the name; without it, the last.
    """
    found = source.has(key)
    if found is not None:
        return found
    rests = source.may_have(key)
    if len(rests) == 1:
        return _guess(context, name, key, rests[0])
    if rests:
        tables = " or ".join(rest.what for rest in rests)
        return _unknown(context, f"ambiguous column {name}: {tables}, whose columns are not known", node, False)
    if key in context.facts.hidden:
        return None
    if source.value is not None and context.facts.fields:  # `x.a` where x is what is unnested
        return field_of(context, source.value, [node.args["this"] if part is None else part])
    return _unknown(context, f"no column {name} in {source.what}", node, False)


def find_source(context: Context, node: e.Expr, scope: Scope, up: int = 0) -> Source | None:
    """The source that a column's qualifiers name; with `up` the last of them is left out."""
    rules = context.rules
    level: Scope | None = scope
    if up == 0 and node.args.get("db") is None:
        table = node.args["table"].args
        alias = rules.alias(table["this"], bool(table.get("quoted")))
        while level is not None:
            for source in level.sources:
                if source.alias == alias:
                    return source
            for source in level.asides:
                if source.alias == alias:
                    return source
            if rules is MYSQL:  # lower_case_table_names may have folded what is stored
                same = [source for source in level.sources if source.alias.lower() == alias.lower()]
                if len(same) == 1:
                    return same[0]
            level = level.outer
        return None
    qualifiers = _qualifiers(node)
    path = tuple(rules.table(q.this, _quoted_id(q)) for q in qualifiers[: len(qualifiers) - up])
    while level is not None:
        for source in level.sources:
            if source.path[-len(path) :] == path or (len(path) == 1 and source.alias == path[0]):
                return source
        for source in level.asides if len(path) == 1 else ():
            if source.alias == path[0]:
                return source
        level = level.outer
    return None


def _qualifiers(node: e.Expr) -> list[e.Expr]:
    return [part for field in ("catalog", "db", "table") if (part := node.args.get(field)) is not None]


def _quoted_id(identifier: e.Expr) -> bool:
    return bool(identifier.args.get("quoted"))


def _quoted(node: e.Expr) -> bool:
    inner = node.args.get("this")
    return isinstance(inner, e.Identifier) and _quoted_id(inner)


def _unknown(context: Context, reason: str, node: e.Expr, quiet: bool) -> Column | None:
    if not quiet:
        context.tell(reason, node)
    return None
