"""Questions about the shape of a syntax tree."""

from sqlglot import expressions as e

QUERY = (e.Select, e.SetOperation, e.Subquery, e.Values, e.Pivot)


_PICKS = frozenset({e.Like, e.ILike, e.Glob, e.SimilarTo})  # DuckDB's `* LIKE 'a%'`


def is_star(node: e.Expr) -> bool:
    """Whether an output stands for any number of columns."""
    of = type(node)
    if of is e.Column:
        return type(node.args["this"]) is e.Star
    if of is e.Alias:
        return False
    if of is e.Star or isinstance(node, e.Columns):
        return True
    if of is e.Apply:
        return is_star(node.this)
    if of in _PICKS:
        return type(node.args["this"]) is e.Star
    if of is e.Explode:
        return isinstance(node.this, e.Struct) or any(x.name.lower() == "recursive" for x in node.expressions)
    if of is e.Anonymous:
        return bool(node.args["this"] == "untuple")
    return of is e.Inline or (of is e.Dot and isinstance(node.expression, e.Star))


_JOINED = ("on", "using", "side", "kind", "method")


def is_comma(join: e.Expr) -> bool:
    args = join.args
    for field in _JOINED:  # noqa: SIM110  (any() would make a generator for every join)
        if args.get(field):
            return False
    return True


def holds_query(node: e.Expr) -> bool:
    """Whether parentheses hold a query; those in FROM may hold joined tables."""
    inner = node.this
    if isinstance(inner, e.Subquery | e.Values) and (inner.args.get("alias") or inner.args.get("joins")):
        return False
    return holds_query(inner) if isinstance(inner, e.Subquery) else isinstance(inner, QUERY)


def bare(node: e.Expr) -> e.Expr:
    while isinstance(node, e.Subquery) and isinstance(node.this, QUERY) and not node.args.get("with_"):
        node = node.this
    return node


def flat(node: e.Expr) -> tuple[e.Expr, list[e.Expr]]:
    """A chain of set operations as its first query and the operations in order: it may be thousands long."""
    operations = [node]
    while isinstance(inner := operations[-1].this, e.SetOperation) and inner.args.get("with_") is None:
        operations.append(inner)
    return operations[-1].this, operations[::-1]


def path_of(table: e.Expr) -> list[e.Expr]:
    """The identifiers of a table's name, outermost first."""
    args = table.args
    if args.get("db") is None and type(args["this"]) is e.Identifier:
        return [args["this"]]
    parts = [part for field in ("catalog", "db") if isinstance(part := table.args.get(field), e.Identifier)]
    if args.get("db") == "" and parts:  # `archive..orders`: in the schema that need not be said
        parts.append(e.Identifier(this="", quoted=False))
    inner = table.this
    tail: list[e.Expr] = []
    while isinstance(inner, e.Dot):
        tail.append(inner.expression)
        inner = inner.this
    return [*parts, inner, *reversed(tail)]


def function_name(node: e.Expr) -> str:
    if isinstance(node, e.ExplodingGenerateSeries | e.GenerateSeries):
        return "generate_series"
    return node.sql_name().lower() if isinstance(node, e.Func) else node.key


def row_of(node: e.Expr) -> list[e.Expr] | None:
    """The values of `(a, b)` and `ROW(a, b)`; None where it is something else."""
    if isinstance(node, e.Tuple):
        return list(node.expressions)
    if isinstance(node, e.Anonymous) and node.name.upper() == "ROW":
        return list(node.expressions)
    return list(node.expressions) if isinstance(node, e.Struct) else None


def element_of(dot: e.Expr) -> e.Expr | None:
    """The value that `(a, b).2` means, or `CAST(ROW(a, b) AS ROW(x int, y int)).y`; None of anything else."""
    inner, step = dot.this, dot.expression
    while isinstance(inner, e.Paren):
        inner = inner.this
    if isinstance(step, e.Literal):
        values, at = row_of(inner), int(step.this) - 1 if step.this.isdecimal() else -1
    elif isinstance(inner, e.Cast) and isinstance(step, e.Identifier):
        names = [kind.name.lower() for kind in inner.to.expressions if isinstance(kind, e.ColumnDef)]
        values, at = row_of(inner.this), names.index(step.name.lower()) if step.name.lower() in names else -1
    else:
        return None
    return values[at] if values is not None and 0 <= at < len(values) else None


def steps_of(node: e.Expr) -> list[e.Expr] | None:
    """The names by which a node goes down into the value below it; None where it does not."""
    if isinstance(node, e.Dot):
        return [node.expression] if isinstance(node.expression, e.Identifier) else []
    if isinstance(node, e.Bracket):
        return [
            e.to_identifier(x.name, quoted=True) for x in node.expressions if isinstance(x, e.Literal) and x.is_string
        ]
    if isinstance(node, e.JSONExtract | e.JSONExtractScalar | e.JSONBExtract | e.JSONBExtractScalar):
        path = node.expression
        if isinstance(path, e.JSONPath):
            names = [
                key.this for key in path.expressions if isinstance(key, e.JSONPathKey) and isinstance(key.this, str)
            ]
        elif isinstance(path, e.Literal) and path.is_string:
            names = path.name.strip("{}").replace("$.", "").split(",") if path.name[:1] == "{" else [path.name]
        else:
            names = []
        return [e.to_identifier(name, quoted=True) for name in names]
    return None


def spelling(identifier: e.Expr) -> str:
    """A part of a name; SQL Server's temporary tables have their mark again."""
    args = identifier.args
    if args.get("temporary"):
        return f"#{identifier.name}"
    return f"##{identifier.name}" if args.get("global_") else str(identifier.name)
