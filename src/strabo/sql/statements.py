"""The kinds of statement, and the plain values in which each is answered."""

import re
from collections.abc import Callable, Sequence

from sqlglot import expressions as e
from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql import changes, files, makes
from strabo.sql.commands.actions import Action
from strabo.sql.errors import TooLong
from strabo.sql.parse import Parsing
from strabo.sql.relation import Relation
from strabo.sql.resolve import Resolver
from strabo.sql.result import Decides, Edge, Flow, Kind, Output, Read, Statement, Target
from strabo.sql.scope import AGGREGATION, HOW, IDENTITY, Column, Item, Rest, split_path
from strabo.sql.shape import QUERY
from strabo.sql.tables import Context
from strabo.sql.text import place

Answer = tuple[Kind, Relation | None]
"""The kind of a statement, and the rows that it gives to whoever asked; what it writes is in `Resolver.flows`."""

# Statements that move no data.
_SILENT = (e.Transaction, e.Commit, e.Rollback, e.Comment, e.Describe, e.Pragma, e.Analyze, e.Attach, e.Detach,
           e.Uncache, e.Refresh, e.Kill, e.Grant, e.Revoke, e.Show, e.Summarize, e.Semicolon)  # fmt: skip

_SILENT_WORDS = frozenset({
    "ANALYZE", "ANALYSE", "ATTACH", "BEGIN", "CACHE", "CHECKPOINT", "CLOSE", "CLUSTER", "COLLECT", "COMMENT", "COMMIT",
    "DEALLOCATE", "DETACH", "DENY", "DISCARD", "DISABLE", "ENABLE", "END", "FETCH", "FLUSH", "GRANT", "HELP", "INSTALL",
    "INVALIDATE", "KILL", "LISTEN", "LOAD", "LOCK", "MSCK", "NOTIFY", "OPEN", "OPTIMIZE", "PRAGMA", "PREPARE", "PRINT",
    "PURGE", "REASSIGN", "REFRESH", "REINDEX", "RELEASE", "REPAIR", "RESET", "REVOKE", "ROLLBACK", "SAVEPOINT",
    "SECURITY", "SET", "SHOW", "START", "STOP", "SYSTEM", "UNCACHE", "UNLISTEN", "UNLOCK", "UNSET", "VACUUM", "WAITFOR",
    "ALTER", "DESCRIBE", "DESC", "CREATE", "DROP", "DECLARE",
})  # fmt: skip

# First words of what moves no data, however it goes on: whether the parser can read the rest does not matter.
_IDLE = frozenset({
    "ANALYZE", "AUDIT", "BACKUP", "BT", "CHECK", "CHECKPOINT", "CLUSTER", "COLLECT", "COMMENT", "CONNECT", "DBCC",
    "DENY", "DISCARD", "DISCONNECT", "ET", "FLUSH", "GIVE", "GRANT", "HANDLER", "HELP", "KILL", "LABEL", "LISTEN",
    "LOCK", "MODIFY", "NOAUDIT", "NOTIFY", "OPTIMIZE", "PURGE", "REASSIGN", "REFRESH", "REINDEX", "RELEASE",
    "REORG", "REPAIR", "RESTORE", "REVOKE", "RUNSTATS", "SAVEPOINT", "SECURITY", "SHOW", "UNLISTEN", "UNLOCK",
    "VACUUM", "WAITFOR",
})  # fmt: skip


def is_idle(tokens: Sequence[Token]) -> bool:
    """Whether a statement that the parser refused moves no data, by how it begins."""
    words = [token.text.upper() for token in tokens[:2] if token.token_type not in _NAMED]
    return words[:1] != [] and (words[0] in _IDLE or " ".join(words).startswith("UPDATE STATISTICS"))


def idle(resolver: Resolver) -> Statement:
    return _said(resolver, "other", None, ())


# What no statement ends with, but one that was cut off.
_NEVER_LAST = frozenset({"SELECT", "AS", "SET", "FROM", "WHERE", "INTO", "USING", "AND", "BY", ",", "="})
_MOST_EDGES = 500_000  # of one flow; a table of 1,000 columns that are each made of 100 others has a fifth of that
_NAMED = frozenset({TokenType.IDENTIFIER, TokenType.STRING})

_MAKING = frozenset({"CREATE", "ALTER", "REPLACE", "DECLARE"})
_TABLES = re.compile(r"\s*(?!index|policy|trigger)(?:\w+\s+){0,5}?(?<!\son )(?:table|view)\b", re.IGNORECASE)
_SELECTS = re.compile(r"\bselect\b", re.IGNORECASE)


def statement(node: e.Expr, resolver: Resolver, shown: tuple[str, ...] = (), *, only_reads: bool = False) -> Statement:
    """One statement's lineage.

    shown: its output columns as a catalog lists them, used where their number fits. only_reads: nothing is moved, as
    of EXPLAIN.
    """
    if isinstance(node, e.LockingStatement):
        node = node.expression
    kind, rows = _resolved(node, resolver)
    _whole(resolver.context)
    if only_reads:
        resolver.flows.clear()
        return _said(resolver, "other", None, ())
    return _said(resolver, kind, rows, shown)


def _whole(context: Context) -> None:
    """Tells of a statement that nobody would end there: parsers take some halves for wholes."""
    last = context.written.tokens[-1]
    if last.token_type not in _NAMED and last.text.upper() in _NEVER_LAST:
        context.tell_at(f"breaks off after {last.text.upper()[:40]}", last.start)


def acted(action: Action, resolver: Resolver, parsing: Parsing) -> Statement:
    """What a statement does that the parser knows nothing of."""
    return _said(resolver, changes.act(action, resolver, parsing), None, ())


def _resolved(node: e.Expr, resolver: Resolver) -> Answer:
    if isinstance(node, QUERY):
        relation = resolver.query(node)
        into = node.args.get("into")
        if into is not None and isinstance(into.this, e.Table):
            makes.select_into(into, relation, resolver)
            return "create_table_as", None
        return "select", relation
    write = resolver.writes(node)
    if write is not None:
        relation = write(node, resolver.with_(node, None, None), None)
        kind: Kind = "insert"
        if isinstance(node, e.Update | e.Delete | e.Merge):
            kind = "update" if isinstance(node, e.Update) else "delete" if isinstance(node, e.Delete) else "merge"
        return kind, relation if relation.items else None
    for of, answer in _KINDS:
        if isinstance(node, of):
            return answer(node, resolver), None
    if isinstance(node, e.Command):
        first = node.name.upper().partition(" ")[0]
        rest = node.text("expression")
        if is_idle(resolver.context.written.tokens):
            pass
        elif first not in _SILENT_WORDS or (first in _MAKING and (_SELECTS.search(rest) or _TABLES.match(rest))):
            resolver.context.tell(f"{node.name.upper()} is not followed", node)
    elif not isinstance(node, _SILENT):
        resolver.context.tell(f"{node.key.upper()} is not followed", node)
    return "other", None


_KINDS: tuple[tuple[type[e.Expr] | tuple[type[e.Expr], ...], Callable[[e.Expr, Resolver], Kind]], ...] = (
    (e.Create, makes.create),
    (e.Cache, makes.cached),
    (e.Drop, makes.drop),
    (e.TruncateTable, makes.truncate),
    (e.Alter, changes.alter),
    (e.Use, changes.use),
    (e.Set, changes.setting),
    (e.Execute, changes.execute),
    (e.Copy, files.copy),
    (e.LoadData, files.load),
    (e.Export, files.export),
)


def _said(resolver: Resolver, kind: Kind, rows: Relation | None, shown: tuple[str, ...]) -> Statement:
    context = resolver.context
    flows: list[Flow] = []
    if resolver.flows:
        # A query of WITH that writes is resolved before the statement that it belongs to, which comes first here.
        in_order = resolver.flows if resolver.many else [resolver.flows[-1], *resolver.flows[:-1]]
        (into, main), *others = in_order
        if rows is not None and kind == "select":
            flows.append(_flow(context, None, rows, shown))
            flows += [_flow(context, target, relation, ()) for target, relation in resolver.flows]
        else:
            flows.append(_flow(context, into, main, shown))
            flows += [_flow(context, target, relation, ()) for target, relation in others]
            if rows is not None:
                flows.append(_flow(context, None, rows, ()))
    elif rows is not None:
        flows.append(_flow(context, None, rows, shown))
    line, column = place(context.written.text, context.written.tokens[0].start)
    return Statement(
        kind=kind,
        line=line,
        column=column,
        reads=_reads(context, flows),
        flows=tuple(flows),
        unknown=tuple(context.unknown),
    )


def _reads(context: Context, flows: list[Flow]) -> tuple[Read, ...]:
    """The tables that are read: one that is written to only if its old rows are in what is written."""
    written = {flow.into.table for flow in flows if flow.into is not None}
    if not written:
        return tuple(context.reads)
    used = {edge.table for flow in flows for edge in flow.edges}
    used.update(decides.table for flow in flows for decides in flow.influences)
    return tuple(
        read
        for at, read in enumerate(context.reads)
        if read.table not in written or read.table in used or at in context.named
    )


def _flow(context: Context, into: Target | None, relation: Relation, shown: tuple[str, ...]) -> Flow:
    edges: dict[Edge, None] = {}
    outputs: list[Output] = []
    for column in _final(context, relation.items, shown):
        outputs.append(Output(column.name, column.expression))
        for table, source, how, guessed in _strongest(column):
            name, field = split_path(source)
            edges.setdefault(Edge(context.reads[table].table, name, column.name, HOW[how], guessed, field))
        if len(edges) > _MOST_EDGES:
            raise TooLong(f"more than {_MOST_EDGES:,} column edges")
    influences: dict[Decides, None] = {}
    for table, source, how in sorted(relation.influences):
        name, field = split_path(source)
        influences.setdefault(Decides(context.reads[table].table, name, HOW[how], field))
    return Flow(into=into, outputs=tuple(outputs), edges=tuple(edges), influences=tuple(influences))


def _final(context: Context, items: list[Item], shown: tuple[str, ...]) -> list[Column]:
    """The columns put out, under the names that the catalog shows where it is sure which is which.

    One `*` over a table without a schema stands for as many columns as are shown and not accounted for.
    """
    rests = [item for item in items if isinstance(item, Rest)]
    if len(rests) == 1 and len(shown) >= len(items) - 1:
        at = items.index(rests[0])
        many = len(shown) - (len(items) - 1)
        fold = context.rules.column
        filled = [Column(name, fold(name, True), rests[0].column(name)) for name in shown[at : at + many]]
        items = [*items[:at], *filled, *items[at + 1 :]]
        rests = []
    columns = [item for item in items if isinstance(item, Column)]
    if rests or len(shown) != len(columns):
        return columns
    return [
        column if column.name == name else Column(name, column.key, column.uses, column.expression)
        for column, name in zip(columns, shown, strict=True)
    ]


def _strongest(column: Column) -> list[tuple[int, str, int, bool]]:
    """A column's uses, one direct way for each base column: the one that changes it most. Certain, if any is."""
    uses = column.uses
    if len(uses) < 2:
        return list(uses)
    best: dict[tuple[int, str, int], tuple[int, bool]] = {}
    for table, source, how, guessed in uses:
        at = (table, source, IDENTITY if how <= AGGREGATION else how)
        was, doubt = best.get(at, (how, True))
        best[at] = (max(was, how), doubt and guessed)
    return sorted((table, source, how, guessed) for (table, source, _), (how, guessed) in best.items())
