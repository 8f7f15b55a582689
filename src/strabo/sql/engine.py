"""A whole text: parsed, each statement resolved, whatever it holds. Importing this module imports the parser."""

import sys
import threading
from collections.abc import Callable
from time import monotonic

from sqlglot import expressions as e

from strabo.sql import parse
from strabo.sql.places import spot
from strabo.sql.resolve import Resolver
from strabo.sql.result import Limits, Result, Schemas, Session, Statement, Unknown
from strabo.sql.shape import QUERY
from strabo.sql.statements import statement
from strabo.sql.tables import Context

# A second try of what was nested too deeply for the caller's stack: a thread with its own.
_DEEP_STACK = 256 * 1024 * 1024  # bytes of address space; what is not used is not taken
_DEEP_FRAMES = 25_000
_deep = threading.Lock()


def run(text: str, dialect: str, schemas: Schemas, session: Session, shown: tuple[str, ...], limits: Limits) -> Result:
    """As `lineage.lineage`, which says what the arguments mean."""
    deadline = monotonic() + limits.seconds

    def whole(*, deep: bool = False) -> Result:
        script = parse.read(text, dialect, deadline, limits, deep=deep)
        return _resolved(script, dialect, schemas, session, shown, deadline)

    try:
        try:
            return whole()
        except RecursionError:
            return _on_a_deep_stack(lambda: whole(deep=True))
    except parse.TooLong:
        return Result(unparsed=(Unknown(f"not done within {limits.seconds:g} seconds", 1, 1),))
    except RecursionError:
        return Result(unparsed=(Unknown("nested too deeply", 1, 1),))


def _resolved(
    script: parse.Script,
    dialect: str,
    schemas: Schemas,
    session: Session,
    shown: tuple[str, ...],
    deadline: float,
) -> Result:
    statements: list[Statement] = []
    unparsed = script.unparsed
    text = script.written.text
    for tree in script.trees:
        if isinstance(tree, e.Condition | e.Alias | e.Identifier) and not isinstance(tree, QUERY):
            unparsed.append(Unknown("no SQL: an expression is no statement", *_place(text, tree)))
            continue
        context = Context(script.written, dialect, schemas, session.search_path)
        try:
            statements.append(statement(tree, Resolver(context, deadline), shown))
        except parse.BROKEN as error:
            # A tree that no valid SQL makes, or a shape we have not met: this statement is unknown, not the run.
            unparsed.append(Unknown(f"not understood: {type(error).__name__}: {error}", *_place(text, tree)))
    return Result(statements=tuple(statements), unparsed=tuple(unparsed), session=session)


def _place(text: str, tree: e.Expr) -> tuple[int, int]:
    line, column = spot(text, tree)
    return (line, column) if line else (1, 1)


def _on_a_deep_stack(work: Callable[[], Result]) -> Result:
    answers: list[Result | BaseException] = []

    def body() -> None:
        try:
            answers.append(work())
        except (RecursionError, parse.TooLong) as error:
            answers.append(error)

    with _deep:  # both settings are the whole interpreter's
        frames, stack = sys.getrecursionlimit(), threading.stack_size(_DEEP_STACK)
        sys.setrecursionlimit(max(frames, _DEEP_FRAMES))
        try:
            thread = threading.Thread(target=body, name="sql-lineage-deep")
            thread.start()
            thread.join()
        finally:
            sys.setrecursionlimit(frames)
            threading.stack_size(stack)
    answer = answers[0] if answers else RecursionError()
    if isinstance(answer, BaseException):
        raise answer
    return answer
