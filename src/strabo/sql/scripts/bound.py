"""A statement among variables: its tree with the variables marked, and the resolver that knows what they hold."""

from collections.abc import Callable

from sqlglot import expressions as e

from strabo.sql.lookup import Scope
from strabo.sql.relation import Env, Relation
from strabo.sql.resolve import Resolver
from strabo.sql.result import Target
from strabo.sql.scope import Column, Influences
from strabo.sql.scripts.variables import MARK, Inside, RecordSource, Variable, VariableSource


class Bound(Resolver):
    """Resolves a statement; what none of its tables has may be a variable.

    control: what decides whether the statement runs, by the numbers of its context. told: takes the rows that the
    statement gives back.
    """

    context: Inside

    def __init__(
        self,
        context: Inside,
        deadline: float,
        around: Scope,
        control: Influences,
        told: Callable[[Inside, Relation], None],
    ) -> None:
        super().__init__(context, deadline)
        self.around = around
        self.control = control
        self.told = told
        self._depth = 0

    def query(self, node: e.Expr, env: Env | None = None, outer: Scope | None = None) -> Relation:
        return self._outermost(super().query, node, env, outer)

    def insert(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        return self._outermost(super().insert, node, env, outer)

    def update(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        if self.context.dialect == "oracle":
            self._whole_row(node)
        return self._outermost(super().update, node, env, outer)

    def _whole_row(self, node: e.Expr) -> None:
        """Oracle's `SET ROW = record`: each column from the field in its place."""
        table = node.this
        for each in node.expressions:
            left, right = each.this, each.expression
            if not isinstance(left, e.Column) or left.name.upper() != "ROW" or not isinstance(right, e.Column):
                continue
            found = self.context.working.find(self.name_of(table)) if isinstance(table, e.Table) else None
            held = next((s for s in self.around.asides if s.alias == self.rules.alias(right.name, False)), None)
            if found is None or found.columns is None or not isinstance(held, RecordSource) or held.variable.rest:
                continue
            fields = [item for item in held.items if isinstance(item, Column)]
            if len(fields) == len(found.columns):
                pairs = zip(found.columns, fields, strict=True)
                node.args["expressions"] = [
                    e.EQ(
                        this=e.Column(this=e.to_identifier(column, quoted=True)),
                        expression=e.Column(
                            this=e.to_identifier(field.name, quoted=True),
                            table=e.to_identifier(held.alias, quoted=True),
                        ),
                    )
                    for column, field in pairs
                ]

    def delete(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        return self._outermost(super().delete, node, env, outer)

    def merge_into(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        return self._outermost(super().merge_into, node, env, outer)

    def insert_many(self, node: e.Expr, env: Env | None, outer: Scope | None) -> Relation:
        return self._outermost(super().insert_many, node, env, outer)

    def _outermost(
        self,
        resolve: Callable[[e.Expr, Env | None, Scope | None], Relation],
        node: e.Expr,
        env: Env | None,
        outer: Scope | None,
    ) -> Relation:
        self._depth += 1
        try:
            relation = resolve(node, env, self.around if outer is None else outer)
        finally:
            self._depth -= 1
        if not self._depth:
            self.told(self.context, relation)
        return relation

    def written(self, into: Target, relation: Relation) -> None:
        if self.control and relation.items:
            relation = Relation(relation.items, relation.influences | self.control)
        super().written(into, relation)


def around(values: dict[str, Variable], context: Inside, *, bare: bool) -> Scope:
    """What is seen from everywhere. bare: whether a name that no table has may be a variable."""
    scope = Scope(None)
    fold = context.rules.alias
    marked = VariableSource(fold(MARK, True), values, context)
    scope.asides = [marked]
    for name, variable in values.items():
        if variable.is_record:
            scope.asides.append(RecordSource(fold(name, False), name, variable, context))
    if bare:
        scope.sources = [VariableSource("", values, context)]
    return scope


def marked(tree: e.Expr, values: dict[str, Variable], *, wins: bool, rows: bool = False) -> None:
    """Makes columns of a place of their own of all variables in a tree.

    wins: whether a plain name that is a variable's is never a column's. What is assigned to keeps its name.
    rows: whether VALUES may be given a record in the place of a row.
    """
    places = 0
    for node in list(tree.walk()):
        if isinstance(node.parent, e.Table):  # a table that is a parameter
            continue
        if rows and type(node) is e.Values:
            _rows_of(node, values)
        elif type(node) is e.Dot:
            _field_of(node, values)
        elif isinstance(node, e.Parameter):
            name = _named(node)
            if f"@{name}" in values:
                _replace(node, f"@{name}")
            elif f"${name}" in values:
                _replace(node, f"${name}")
        elif isinstance(node, e.Placeholder):
            name = str(node.this or "").lower()
            if not name or node.args.get("kind") == "?":
                places += 1
                name = f"${places}"
            if name in values:
                _replace(node, name)
        elif type(node) is e.Column and isinstance(node.this, e.Identifier):
            of = node.args.get("table")
            if of is None:
                name = node.this.name.lower()
                if wins and name in values and not _is_assigned(node):
                    _replace(node, name)
            else:
                of = node.args.get("db") or of  # `record.field.field`
                if (held := values.get(of.name.lower())) is not None and held.is_record:
                    of.set("quoted", value=False)
                    of.set("this", of.name.lower())  # variables are called in any case, where tables may not be
        elif type(node) is e.Anonymous and (held := values.get(str(node.this).lower())) is not None:
            above = node.parent  # an element of a collection, or a field of it
            if type(above) is e.Dot and isinstance(above.expression, e.Identifier) and held.is_record:
                above.replace(e.Column(this=above.expression.copy(), table=e.Identifier(this=str(node.this).lower())))
            else:
                _replace(node, str(node.this).lower())


def _rows_of(node: e.Expr, values: dict[str, Variable]) -> None:
    """Oracle's VALUES of a record, or of an element of a collection of them, as all its fields."""
    for row in node.expressions:
        value = row.expressions[0] if isinstance(row, e.Tuple) and len(row.expressions) == 1 else None
        if type(value) is e.Anonymous or (type(value) is e.Column and value.args.get("table") is None):
            name = str(value.this if type(value) is e.Anonymous else value.name).lower()
            held = values.get(name)
            if held is not None and held.is_record:
                value.replace(e.Column(this=e.Star(), table=e.Identifier(this=name, quoted=False)))


def _field_of(node: e.Expr, values: dict[str, Variable]) -> None:
    """`(record).field` and `(record).*`."""
    inner = node.this
    if not isinstance(inner, e.Paren):
        return
    while isinstance(inner, e.Paren):
        inner = inner.this
    if type(inner) is not e.Column or inner.args.get("table") is not None or not isinstance(inner.this, e.Identifier):
        return
    held = values.get(inner.name.lower())
    if held is not None and held.is_record:
        named = e.Identifier(this=inner.name.lower(), quoted=False)
        if inner.this._meta:  # noqa: SLF001  (`meta` would make one)
            named._meta = dict(inner.this._meta)  # noqa: SLF001
        node.replace(e.Column(this=node.expression.copy(), table=named))


def _named(node: e.Expr) -> str:
    inner = node.this
    return str(inner.name if isinstance(inner, e.Expr) else inner or "").lower()


def _is_assigned(node: e.Expr) -> bool:
    parent = node.parent
    if isinstance(parent, e.Tuple):
        if isinstance(parent.parent, e.Insert) and parent.arg_key == "this":
            return True
        node, parent = parent, parent.parent
    if isinstance(parent, e.Schema | e.OnConflict):
        return True
    if isinstance(parent, e.EQ | e.PropertyEQ) and node.arg_key == "this":
        above = parent.parent
        return isinstance(above, e.Update | e.OnConflict) and parent.arg_key == "expressions"
    return False


def _replace(node: e.Expr, name: str) -> None:
    inner = node.this if isinstance(node.this, e.Identifier) else node
    named = e.Identifier(this=name, quoted=False)
    if inner._meta:  # noqa: SLF001  (`meta` would make one)
        named._meta = dict(inner._meta)  # noqa: SLF001
    node.replace(e.Column(this=named, table=e.Identifier(this=MARK, quoted=True)))
