"""A small schema, and results as lines that people read: what golden files hold."""

from collections.abc import Mapping, Sequence

from strabo.sql import names
from strabo.sql.lineage import lineage
from strabo.sql.names import TableName
from strabo.sql.result import Flow, Read, Result, Schemas, Session, Statement, Table, Target

SHOP: dict[str, tuple[str, ...]] = {
    "orders": ("id", "customer_id", "placed", "status", "total"),
    "items": ("order_id", "product_id", "quantity", "price"),
    "customers": ("id", "name", "email", "region", "parent_id"),
    "products": ("id", "name", "tags", "attrs"),
    "Mixed": ("Id", "Value", "value2"),
    "events": ("at", "kind", "payload"),
}


def known(tables: Mapping[str, Sequence[str] | None], dialect: str) -> Schemas:
    """The schemas of tables by dotted name, compared as the dialect does."""
    rules = names.case(dialect)
    if rules.table("a", False) == "A":  # these dialects store what nobody quoted in capitals
        tables = {
            name.upper(): None if columns is None else [column.upper() for column in columns]
            for name, columns in tables.items()
        }
    keyed = {
        tuple(rules.table(part, True) for part in name.split(".")): Table(
            tuple(name.split(".")), None if columns is None else tuple(columns)
        )
        for name, columns in tables.items()
    }

    def schemas(name: TableName) -> Table | None:
        return keyed.get(name.key(rules))

    return schemas


def ask(
    text: str,
    dialect: str = "postgres",
    tables: Mapping[str, Sequence[str] | None] = SHOP,
    search_path: Sequence[str] = (),
    shown: Sequence[str] = (),
) -> Result:
    return lineage(
        text,
        dialect=dialect,
        schemas=known(tables, dialect),
        session=Session(search_path=tuple(search_path)),
        shown=shown,
    )


def edges(text: str, dialect: str = "postgres", tables: Mapping[str, Sequence[str] | None] = SHOP) -> set[str]:
    """`target <- table.column (how)` of the only statement."""
    (statement,) = ask(text, dialect, tables).statements
    return {line for line in said(statement) if "<-" in line}


def said(statement: Statement) -> list[str]:
    lines: list[str] = [statement.kind]
    reads = [marked(read) for read in statement.reads]
    if reads:
        lines.append("reads " + ", ".join(reads))
    for flow in statement.flows:
        lines += flowing(flow)
    lines += [f"  ! {unknown}" for unknown in statement.unknown]
    return lines


def marked(table: Read | Target) -> str:
    marks = ("?" if table.guessed else "") + (" (temporary)" if table.temporary else "")
    return (f"file {table.location}" if table.location else ".".join(table.table)) + marks


def flowing(flow: Flow) -> list[str]:
    lines = [f"{flow.into.way} {marked(flow.into)}" if flow.into is not None else "gives"]
    for output in flow.outputs:
        made = f" = {' '.join(output.expression.split())}" if output.expression else ""
        lines.append(f"  {output.name}{made}")
        for edge in flow.edges:
            if edge.target == output.name:
                guess = ", guessed" if edge.guessed else ""
                field = f"[{edge.field}]" if edge.field else ""
                lines.append(f"    {edge.target} <- {'.'.join(edge.table)}.{edge.source}{field} ({edge.how}{guess})")
    for d in flow.influences:
        field = f"[{d.field}]" if d.field else ""
        lines.append(f"  rows <- {'.'.join(d.table)}.{d.source}{field} ({d.how})")
    return lines


def rendered(result: Result, *, placed: bool = False) -> str:
    """placed: with the line and column where each statement begins."""
    lines: list[str] = []
    for statement in result.statements:
        first, *others = said(statement)
        lines += [f"{statement.line}:{statement.column} {first}" if placed else first, *others]
    lines += [f"unparsed {unknown}" for unknown in result.unparsed]
    return "\n".join(lines)
