"""A whole text: cut, parsed, each statement resolved, whatever it holds. Importing this module imports the parser."""

import gc
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

import msgspec
from sqlglot import expressions as e
from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql import commands, parse, recover, script
from strabo.sql.commands.actions import Action, Rewritten
from strabo.sql.errors import BROKEN, TooLong
from strabo.sql.idioms import rewriting
from strabo.sql.places import Written, spot
from strabo.sql.resolve import Resolver
from strabo.sql.result import Limits, Result, Schemas, Session, Statement, Unknown
from strabo.sql.scripts import clients, kin, reading, templates
from strabo.sql.shape import QUERY
from strabo.sql.statements import acted, idle, is_idle, statement
from strabo.sql.tables import Context
from strabo.sql.text import place
from strabo.sql.working import Working

# A second try of what was nested too deeply for the caller's stack: a thread with its own.
_DEEP_STACK = 256 * 1024 * 1024  # bytes of address space; what is not used is not taken
_DEEP_FRAMES = 25_000
_deep = threading.Lock()


_WITHIN = 1 << 40  # added to the offset of a statement within a script: its number, apart from those of a plain text


def _nothing(_: int) -> None:
    pass


def run(
    text: str,
    dialect: str,
    schemas: Schemas,
    session: Session,
    shown: tuple[str, ...],
    limits: Limits,
    *,
    skip: Sequence[int] = (),
    begun: Callable[[int], None] = _nothing,
) -> Result:
    """As `lineage.lineage`, which says what the arguments mean.

    skip: the numbers of statements, from 0, that have been found to take too much. begun: told each number in turn.
    """
    nothing = text.find("\x00")
    if nothing >= 0:  # no engine takes it; and no name may hold it
        found = run(text.replace("\x00", " "), dialect, schemas, session, shown, limits, skip=skip, begun=begun)
        told = Unknown("no SQL: a null byte, read as a blank", *place(text, nothing))
        return msgspec.structs.replace(found, unparsed=(told, *found.unparsed))
    if not templates.is_template(text):
        return _run(text, None, dialect, schemas, session, shown, limits, skip, begun)
    best: Result | None = None
    least = 0
    for template in templates.variants(text):  # all branches, where that is SQL; otherwise one of them
        found = _run(text, template, dialect, schemas, session, shown, limits, skip, begun)
        foreseen = frozenset(template.unknown)
        failed = sum(unknown not in foreseen for unknown in found.unparsed)
        if best is None or failed < least:
            best, least = found, failed
        if not failed:
            break
    assert best is not None  # noqa: S101  (there is always the first)
    return best


def _run(
    text: str,
    template: templates.Template | None,
    dialect: str,
    schemas: Schemas,
    session: Session,
    shown: tuple[str, ...],
    limits: Limits,
    skip: Sequence[int],
    begun: Callable[[int], None],
) -> Result:
    prepared = clients.prepared(text if template is None else template.text, dialect)
    try:
        parsing = parse.Parsing(prepared.text, dialect, limits)
    except ValueError:
        return Result(unparsed=(Unknown(f"the SQL dialect {dialect!r} is not known", 1, 1),), session=session)
    reader = Reader(parsing, Working(session, dialect, schemas), shown, limits, text=text, skip=skip, begun=begun)
    reader.unparsed += prepared.unknown
    if template is not None:
        reader.unparsed += template.unknown
    try:
        statements = reader.cut(template)
        if prepared.cuts or prepared.defined or script.is_scripted(statements, dialect):
            reader.scripted(statements, prepared, template)
        else:
            for number, tokens in enumerate(statements):
                reader.step(tokens, number)
    except RecursionError:
        reader.unparsed.append(Unknown("nested too deeply", 1, 1))
    except MemoryError:
        reader.unparsed.append(Unknown(f"not done within {limits.megabytes} MB", 1, 1))
    return Result(statements=tuple(reader.statements), unparsed=tuple(reader.unparsed), session=reader.working.done())


class Reader:
    """Reads the statements of a text. What runs a script puts itself into `bind` and `resolver`.

    text: as it was written, in which the parser's text has the same places.
    """

    def __init__(
        self,
        parsing: parse.Parsing,
        working: Working,
        shown: tuple[str, ...],
        limits: Limits,
        *,
        text: str,
        skip: Sequence[int] = (),
        begun: Callable[[int], None] = _nothing,
    ) -> None:
        self.parsing = parsing
        self.text = text
        self.working = working
        self.shown = shown
        self.limits = limits
        self.skip = skip
        self.begun = begun
        self.statements: list[Statement] = []
        self.unparsed: list[Unknown] = []
        self.bind: Callable[[e.Expr], None] | None = None
        self.resolver: Callable[[Written, float], Resolver] = self._resolver

    def _resolver(self, written: Written, deadline: float) -> Resolver:
        return Resolver(Context(written, self.working), deadline)

    def another(self, text: str, at: int) -> "Reader | None":
        """A reader for text that this one's executes; None where that has been found to take too much."""
        number = _WITHIN + at
        if number in self.skip:
            return None
        parsing = parse.Parsing(text, self.working.dialect, self.limits)
        return Reader(parsing, self.working, (), self.limits, text=text, begun=lambda _: self.begun(number))

    def scripted(
        self, statements: list[list[Token]], prepared: clients.Prepared, template: templates.Template | None
    ) -> None:
        """Reads the text as a script: batch by batch."""
        # a sixth of what takes time when `strabo sql` starts, and few texts need it
        from strabo.sql.scripts.running import Script  # noqa: PLC0415

        try:
            tokens = script.tokens_of(self.parsing.text, reading.rules_of(self.working.dialect))
        except BROKEN:  # it has been told; what could be read of it are pieces
            script_of_pieces = Script(self)
            for piece in statements:
                script_of_pieces.run(piece)
            return
        if template is not None:
            tokens = templates.settled(tokens, template, self.text, [])
        if prepared.defined:
            tokens = reading.substituted(tokens, prepared.defined, self.working.dialect)
        running = Script(self)
        for batch in script.batches(tokens, prepared.cuts):
            try:
                running.run(batch)
            except BROKEN as error:  # a shape that we have not met: the other batches are read all the same
                reason = f"not understood: {type(error).__name__}: {error}".splitlines()[0]
                self.unparsed.append(Unknown(reason, *place(self.text, _begin(batch))))
            if self.working.dialect in kin.TSQL:
                running.values = {}  # a variable ends with its batch

    def step(self, tokens: list[Token], number: int, *, within: bool = False) -> None:
        """Reads one statement, unless it is to be skipped. within: whether it is a part of a script."""
        if within:
            number += _WITHIN
        if number in self.skip:
            reason = f"not done within {self.limits.seconds:g} seconds and {self.limits.megabytes} MB"
            self.unparsed.append(Unknown(reason, *place(self.text, tokens[0].start)))
            return
        self.begun(number)
        self.read(tokens)

    def cut(self, template: templates.Template | None = None) -> list[list[Token]]:
        found = self._cut()
        if template is None:
            return found
        unknown: list[Unknown] = []
        settled = [templates.settled(tokens, template, self.text, unknown) for tokens in found]
        template.unknown += unknown
        self.unparsed += unknown
        return [tokens for tokens in settled if tokens]

    def _cut(self) -> list[list[Token]]:
        text, rules = self.parsing.text, self.parsing.rules
        try:
            return list(script.statements(script.tokens_of(text, rules)))
        except BROKEN as error:
            parts = list(script.pieces(text))
            if len(parts) < 2:
                self.unparsed.append(parse.why_no_tokens(text, error))
                return []
        found: list[list[Token]] = []
        for start, end in parts:  # one quote that is not closed must not hide the statements before and after it
            try:
                found += script.statements(script.tokens_of(text, rules, start, end))
            except BROKEN as error:
                self.unparsed.append(parse.why_no_tokens(text, error, start))
        return found

    def read(self, tokens: list[Token]) -> None:
        """Adds what one statement says, or why it says nothing."""
        if self.working.dialect in kin.TSQL:
            tokens = script.without_top(tokens)
        with _one_collection():
            self._read_within(tokens)

    def _read_within(self, tokens: list[Token]) -> None:
        deadline = monotonic() + self.limits.seconds
        known = len(self.statements), len(self.unparsed)
        try:
            try:
                self._read(tokens, deadline, deep=False)
            except RecursionError:
                _on_a_deep_stack(lambda: self._read(tokens, deadline, deep=True))
        except (TooLong, RecursionError, MemoryError) as error:
            reason = "nested too deeply"
            if isinstance(error, TooLong):
                reason = str(error) or f"not done within {self.limits.seconds:g} seconds"
            elif isinstance(error, MemoryError):
                reason = f"not done within {self.limits.megabytes} MB"
            del self.statements[known[0] :], self.unparsed[known[1] :]
            self.unparsed.append(Unknown(reason, *place(self.text, tokens[0].start)))
            if not isinstance(error, MemoryError):
                self.recovered(Written(self.text, tokens))

    def _read(self, tokens: list[Token], deadline: float, *, deep: bool) -> None:
        if monotonic() > deadline:
            raise TooLong
        written = self.parsing.written(tokens, deep=deep)
        if isinstance(written, Unknown):
            self.unparsed.append(written)
            self.recovered(Written(self.text, tokens))
            return
        written.text = self.text
        try:
            trees = self.parsing.trees(tokens, deadline)
        except BROKEN as error:
            if is_idle(tokens):
                self.statements.append(idle(self.resolver(written, deadline)))
            elif not self._second(tokens, deadline, deep=deep):
                self.unparsed.append(parse.why(self.text, error, tokens))
                self.recovered(written)
            return
        if len(trees) == 1 and type(trees[0]) is e.Command and self._second(tokens, deadline, deep=deep):
            return
        for tree in trees:
            self.resolved(tree, written, deadline)

    def _second(self, tokens: list[Token], deadline: float, *, deep: bool) -> bool:
        """Whether a statement that the parser does not know is one that we do."""
        tokens = script.spelled_out(tokens, self.parsing.text, self.parsing.rules)
        written = self.parsing.written(tokens, deep=deep)
        if isinstance(written, Unknown):
            return False
        written.text = self.text
        dialect = self.working.dialect
        for words in (written.tokens, rewriting.respelled(written.tokens, dialect)):
            understood = None if words is None else commands.understood(words, dialect)
            if understood is not None and self._done(understood, written, deadline):
                return True
        return False

    def _done(self, understood: Rewritten | Action, written: Written, deadline: float) -> bool:
        """Whether what a statement says in other words could be read."""
        if isinstance(understood, Action):
            self.statements.append(acted(understood, self.resolver(written, deadline), self.parsing))
            return True
        try:
            trees = self.parsing.trees(understood.tokens, deadline)
        except BROKEN:
            return False
        if any(type(tree) is e.Command for tree in trees):
            return False
        for tree in trees:
            self.resolved(tree, written, deadline, only_reads=understood.only_reads)
        return True

    def resolved(self, tree: e.Expr, written: Written, deadline: float, *, only_reads: bool = False) -> None:
        if isinstance(tree, e.Condition | e.Alias | e.Identifier) and not isinstance(tree, QUERY):
            if is_idle(written.tokens):
                self.statements.append(idle(self.resolver(written, deadline)))
                return
            self.unparsed.append(Unknown("no SQL: an expression is no statement", *self._place(tree, written)))
            return
        try:
            if self.bind is not None:
                self.bind(tree)
            self.statements.append(statement(tree, self.resolver(written, deadline), self.shown, only_reads=only_reads))
        except BROKEN as error:
            # A tree that no valid SQL makes, or a shape we have not met: this statement is unknown, not the run.
            reason = f"not understood: {type(error).__name__}: {error}".splitlines()[0]
            self.unparsed.append(Unknown(reason, *self._place(tree, written)))

    def recovered(self, written: Written) -> None:
        found = recover.tables(written, self.working)
        if found is not None:
            self.statements.append(found)

    def _place(self, tree: e.Expr, written: Written) -> tuple[int, int]:
        line, column = spot(self.text, tree)
        return (line, column) if line else place(self.text, written.tokens[0].start)


def _begin(tokens: list[Token]) -> int:
    return next((token.start for token in tokens if token.token_type != TokenType.SEMICOLON), tokens[0].start)


@contextmanager
def _one_collection() -> Iterator[None]:
    """Looks for garbage after the statement, not some times within it: a fifth of all time.

    A tree is thousands of objects that refer to each other. In the middle of it none can be freed, but each look moves
    them on to where they are looked at less often; behind it, all are found at the first look.
    """
    if not gc.isenabled():  # another statement's thread, or the caller, has said so
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _on_a_deep_stack(work: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def body() -> None:
        try:
            work()
        except (RecursionError, TooLong, MemoryError) as error:
            failures.append(error)

    with _deep:  # both settings are the whole interpreter's
        frames, stack = sys.getrecursionlimit(), threading.stack_size(_DEEP_STACK)
        sys.setrecursionlimit(max(frames, _DEEP_FRAMES))
        try:
            thread = threading.Thread(target=body, name="sql-lineage-deep")
            thread.start()
            thread.join()
        except RuntimeError as error:  # no memory for such a stack
            raise RecursionError from error
        finally:
            sys.setrecursionlimit(frames)
            threading.stack_size(stack)
    if failures:
        raise failures[0]
