"""The slow way to the same columns: sqlglot qualifies the query by rewriting it, then walks it for each output."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlglot import exp
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify

from strabo.model.records import DIRECT
from strabo.sql.dialects import facts
from strabo.sql.result import Statement

_QUOTES = str.maketrans("", "", '"`[]')


def columns(tree: exp.Expr, dialect: str, tables: Mapping[str, Sequence[str]]) -> list[tuple[str, set[str]]]:
    """Each output's name with the base columns of its expression, as `table.column` in small letters.

    Raises whatever sqlglot raises for a query that it cannot qualify.
    """
    parser = facts(dialect).parser
    name = dialect if parser is None else parser
    schema: dict[str, object] = {table: dict.fromkeys(of, "text") for table, of in tables.items()}
    whole: Any = qualify(tree.copy(), schema=schema, dialect=name)
    found: list[tuple[str, set[str]]] = []
    for output in whole.named_selects:
        nodes = lineage(output, whole.copy(), schema=schema, dialect=name, trim_selects=False).walk()
        leaves = {
            f"{node.source.name}.{node.name.rpartition('.')[2]}".translate(_QUOTES).lower()
            for node in nodes
            if isinstance(node.source, exp.Table) and not node.downstream
        }
        found.append((output.lower(), {leaf for leaf in leaves if not leaf.endswith(".*")}))
    return found


def differences(statement: Statement, reference: list[tuple[str, set[str]]]) -> list[str]:
    """Where an answer of ours and the oracle's cannot both be right; nothing where they agree.

    All that we call direct it must have; all that it has we must have, if only as what decides about the column: it
    knows no kinds.
    """
    ours = [output.name.lower() for output in statement.outputs]
    if len(ours) != len(reference):
        return [f"{len(ours)} outputs, and {len(reference)}"]
    told: list[str] = []
    for name in dict.fromkeys(output.name for output in statement.outputs):  # outputs of one name share their edges
        same = [of for output, (_, of) in zip(statement.outputs, reference, strict=True) if output.name == name]
        theirs = set().union(*same)
        of = [edge for edge in statement.edges if edge.target == name]
        direct = {f"{'.'.join(edge.table)}.{edge.source}".lower() for edge in of if edge.how in DIRECT}
        every = {f"{'.'.join(edge.table)}.{edge.source}".lower() for edge in of}
        if direct - theirs:
            told.append(f"{name}: only ours {sorted(direct - theirs)}")
        if theirs - every:
            told.append(f"{name}: only theirs {sorted(theirs - every)}")
    return told
