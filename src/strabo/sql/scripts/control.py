"""Blocks, branches and loops: one function for each first word, which reads up to the end of what it begins."""

from typing import TYPE_CHECKING

from sqlglot.tokenizer_core import TokenType

from strabo.sql.scripts import shapes
from strabo.sql.scripts.steps import NOT, Block, Branch, Loop, Step, Tokens
from strabo.sql.scripts.words import like, word_of

if TYPE_CHECKING:
    from strabo.sql.scripts.blocks import Reader

_SEMICOLON = TokenType.SEMICOLON
_TRANSACTION = frozenset(
    {"TRANSACTION", "TRAN", "WORK", "ISOLATION", "READ", "DISTRIBUTED", "DEFERRED", "IMMEDIATE", "EXCLUSIVE"}
)
_END = frozenset({"END"})
_ARM = frozenset({"ELSE", "ELSIF", "ELSEIF", "END"})


def begin(reader: "Reader") -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    following = reader.word(1)
    if reader.tsql and following in {"TRY", "CATCH"}:
        return _try(reader)
    if following in _TRANSACTION or reader.kind(1) in (None, _SEMICOLON):
        return NOT
    reader.at += 1
    reader.take("NOT")
    reader.take("ATOMIC")
    body = reader.within(lambda: reader.steps(frozenset({"END", "EXCEPTION"})))
    handlers: list[list[Step]] = []
    if reader.take("EXCEPTION"):
        while reader.take("WHEN"):
            reader.upto("THEN")
            reader.take("THEN")
            handlers.append(reader.within(lambda: reader.steps(frozenset({"END", "WHEN"}))))
    reader.end_of()
    return Block(at, body, handlers)


def _try(reader: "Reader") -> Step:
    at = reader.tokens[reader.at].start
    reader.at += 2
    body = reader.within(lambda: reader.steps(_END))
    reader.end_of("TRY", "CATCH")
    if reader.kind() == _SEMICOLON:
        reader.at += 1
    handlers: list[list[Step]] = []
    if reader.take("BEGIN", "CATCH"):
        handlers.append(reader.within(lambda: reader.steps(_END)))
        reader.end_of("CATCH")
    return Block(at, body, handlers)


def one(reader: "Reader") -> list[Step]:
    """One statement, as a list; a semicolon behind it is taken."""
    step = reader.step()
    if reader.kind() == _SEMICOLON:
        reader.at += 1
    return [] if step is None else step if isinstance(step, list) else [step]


def if_(reader: "Reader") -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    if reader.tsql:
        condition = shapes.tsql_condition(reader)
        arms = [(condition, one(reader))]
        if reader.take("ELSE"):
            arms.append(([], one(reader)))
            return Branch(at, arms, whole=True)
        return Branch(at, arms, whole=False)
    condition = reader.upto("THEN")
    if not reader.take("THEN"):
        return NOT
    arms = [(condition, reader.within(lambda: reader.steps(_ARM)))]
    whole = False
    while reader.word() in {"ELSE", "ELSIF", "ELSEIF"}:
        if reader.take("ELSE"):
            whole = True
            condition = []
        else:
            reader.at += 1
            condition = reader.upto("THEN")
            reader.take("THEN")
        arms.append((condition, reader.within(lambda: reader.steps(_ARM))))
    reader.end_of("IF")
    return Branch(at, arms, whole=whole)


def case(reader: "Reader") -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    subject = reader.upto("WHEN")
    arms: list[tuple[Tokens, list[Step]]] = []
    stop = frozenset({"WHEN", "ELSE", "END"})
    whole = False
    while reader.take("WHEN"):
        condition = reader.upto("THEN")
        if not reader.take("THEN"):
            return NOT
        if subject and condition:
            condition = [*subject, like(condition[0], TokenType.EQ, "="), *condition]
        arms.append((condition, reader.within(lambda: reader.steps(stop))))
    if reader.take("ELSE"):
        whole = True
        arms.append(([], reader.within(lambda: reader.steps(_END))))
    reader.end_of("CASE")
    return Branch(at, arms, whole=whole) if arms else NOT


def loop(reader: "Reader") -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    body = reader.within(lambda: reader.steps(_END))
    reader.end_of("LOOP")
    return Loop(at, body)


def while_(reader: "Reader") -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    if reader.tsql:
        condition = shapes.tsql_condition(reader)
        return Loop(at, one(reader), condition=condition)
    condition = reader.upto("LOOP", "DO")
    if reader.word() not in {"LOOP", "DO"}:
        return NOT
    reader.at += 1
    body = reader.within(lambda: reader.steps(_END))
    reader.end_of("LOOP", "WHILE")
    return Loop(at, body, condition=condition)


def repeat(reader: "Reader") -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    body = reader.within(lambda: reader.steps(frozenset({"UNTIL", "END"})))
    condition: Tokens = []
    if reader.take("UNTIL"):
        condition = reader.upto("END")
    reader.end_of("REPEAT")
    return Loop(at, body, condition=condition)


def for_(reader: "Reader") -> Step | list[Step] | None:
    at = reader.tokens[reader.at].start
    reader.at += 1
    names = reader.upto("IN", "AS", "LOOP", "DO")
    name = names[0].text.lower() if names else ""
    if reader.word() not in {"IN", "AS"} or len(names) > 8:
        return NOT
    reader.at += 1
    reader.take("ARRAY")
    reader.take("REVERSE")
    reader.take("QUERY")  # Vertica
    how = "execute" if reader.take("EXECUTE") else ""
    reader.take("IMMEDIATE")
    over = reader.upto("LOOP", "DO")
    if reader.word() not in {"LOOP", "DO"}:
        return NOT
    if len(over) > 3 and word_of(over[1]) == "CURSOR":  # Teradata: r AS c CURSOR FOR …
        over = shapes.after(over, "FOR")
    reader.at += 1
    body = reader.within(lambda: reader.steps(_END))
    reader.end_of("LOOP", "FOR")
    many = shapes.split(names) if len(names) > 1 else []
    return Loop(at, body, record="" if many else name, targets=many, over=over, how=how)


def forall(reader: "Reader") -> Step | list[Step] | None:
    """Oracle: one statement for each element of a collection."""
    at = reader.tokens[reader.at].start
    reader.upto("INSERT", "UPDATE", "DELETE", "MERGE", "EXECUTE")
    return Loop(at, one(reader))
