"""Statements that the parser does not know, read from their tokens.

Some are what it knows in other words: these come back as tokens for it to try again. The others are few, and come back
as an `Action`. Only what it refused is looked at here, so this costs the usual statement nothing.
"""

from collections.abc import Callable

from sqlglot.tokenizer_core import Token, TokenType

from strabo.sql.dialects import facts
from strabo.sql.names import Parts, TableName

_L, _R, _DOT, _COMMA = TokenType.L_PAREN, TokenType.R_PAREN, TokenType.DOT, TokenType.COMMA


_STRINGS = frozenset({TokenType.STRING, TokenType.HEREDOC_STRING, TokenType.RAW_STRING})


class Rewritten:
    """A statement in words that the parser knows. `only_reads`: it runs nothing, as EXPLAIN."""

    def __init__(self, tokens: list[Token], *, only_reads: bool = False) -> None:
        self.tokens = tokens
        self.only_reads = only_reads


class Action:
    """What a statement does, where it takes no parser to tell."""

    def __init__(self, at: int) -> None:
        self.at = at  # the offset of its first token


class Rename(Action):
    def __init__(self, at: int, pairs: list[tuple[TableName, TableName]]) -> None:
        super().__init__(at)
        self.pairs = pairs


class RenameColumn(Action):
    def __init__(self, at: int, table: TableName, old: str, new: str) -> None:
        super().__init__(at)
        self.table, self.old, self.new = table, old, new


class Swap(Action):
    """Two tables, or a partition of each, change places."""

    def __init__(self, at: int, one: TableName, other: TableName, *, whole: bool) -> None:
        super().__init__(at)
        self.one, self.other, self.whole = one, other, whole


class Move(Action):
    """Rows go from one table to another of the same shape, as they are."""

    def __init__(self, at: int, source: TableName, target: TableName, *, overwrite: bool = False) -> None:
        super().__init__(at)
        self.source, self.target, self.overwrite = source, target, overwrite


class LookIn(Action):
    """The search path becomes these schemas."""

    def __init__(self, at: int, schemas: list[Parts]) -> None:
        super().__init__(at)
        self.schemas = schemas


class LookAgain(Action):
    """The search path becomes what it was."""


class MoveTo(Action):
    """A table goes to another schema."""

    def __init__(self, at: int, table: TableName, schema: str) -> None:
        super().__init__(at)
        self.table, self.schema = table, schema


class Alias(Action):
    """A name that stands for a table from then on."""

    def __init__(self, at: int, name: TableName, table: TableName) -> None:
        super().__init__(at)
        self.name, self.table = name, table


class Load(Action):
    def __init__(self, at: int, location: str, table: TableName, columns: list[str], *, overwrite: bool) -> None:
        super().__init__(at)
        self.location, self.table, self.columns, self.overwrite = location, table, columns, overwrite


class Unload(Action):
    """A query's rows go to a file. `tokens`, or the `text` of a string, is the query."""

    def __init__(self, at: int, location: str, tokens: list[Token] | None, text: str = "") -> None:
        super().__init__(at)
        self.location, self.tokens, self.text = location, tokens, text


class Unfollowed(Action):
    """It moves data, and the text does not tell which. `table`, when not None, is written."""

    def __init__(self, at: int, reason: str, table: TableName | None = None) -> None:
        super().__init__(at)
        self.reason, self.table = reason, table


class Cursor:
    """Tokens that are read one after the other."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def word(self) -> str:
        """The word that is next, in capitals; "" at the end and for what is quoted."""
        if self.at >= len(self.tokens):
            return ""
        token = self.tokens[self.at]
        quoted = token.token_type in (TokenType.STRING, TokenType.IDENTIFIER)
        return "" if quoted else token.text.upper()

    def take(self, *words: str) -> bool:
        """Whether these words are next; if so they are behind."""
        start = self.at
        for word in words:
            if self.word != word:
                self.at = start
                return False
            self.at += 1
        return True

    def any_of(self, *words: str) -> bool:
        return any(self.take(word) for word in words)

    def is_next(self, kind: TokenType) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].token_type == kind

    def string(self) -> str | None:
        if self.is_next(TokenType.STRING):
            self.at += 1
            return str(self.tokens[self.at - 1].text)
        return None

    def name(self) -> TableName | None:
        """A name of one or more parts."""
        parts: list[str] = []
        quoted: list[bool] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.token_type in (_L, _R, _COMMA, _DOT, TokenType.STRING) or not token.text:
                break
            parts.append(token.text)
            quoted.append(token.token_type == TokenType.IDENTIFIER)
            self.at += 1
            if not self.is_next(_DOT):
                break
            self.at += 1
        return TableName(tuple(parts), tuple(quoted)) if parts else None

    def brackets(self) -> list[Token] | None:
        """What is within the brackets that are next."""
        if not self.is_next(_L):
            return None
        depth, start = 0, self.at
        while self.at < len(self.tokens):
            kind = self.tokens[self.at].token_type
            depth += (kind == _L) - (kind == _R)
            self.at += 1
            if not depth:
                return self.tokens[start + 1 : self.at - 1]
        return None

    @property
    def rest(self) -> list[Token]:
        return self.tokens[self.at :]


def understood(tokens: list[Token], dialect: str) -> Rewritten | Action | None:
    """What a statement says that the parser refused; None where we know no more."""
    reader = _READERS.get(tokens[0].text.upper())
    return None if reader is None else reader(Cursor(tokens), dialect)


# --- one function a first word ---------------------------------------------------------------------------------------


def _explain(cursor: Cursor, _: str) -> Rewritten | None:
    cursor.at += 1
    runs = False
    while cursor.at < len(cursor.tokens):
        if cursor.is_next(_L):
            start = cursor.at
            inside = cursor.brackets() or []
            if inside and inside[0].text.upper() in {"SELECT", "WITH", "FROM"}:
                cursor.at = start
                break
            runs = runs or any(token.text.upper() in {"ANALYZE", "ANALYSE"} for token in inside)
        elif cursor.any_of("ANALYZE", "ANALYSE"):
            runs = True
        elif cursor.word in _STARTS:
            break
        else:
            cursor.at += 1
    return Rewritten(cursor.rest, only_reads=not runs) if cursor.rest else None


_STARTS = frozenset({
    "SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "FROM", "VALUES", "REPLACE", "COPY",
})  # fmt: skip


def _rename(cursor: Cursor, _: str) -> Action | None:
    at = cursor.tokens[0].start
    cursor.at += 1
    cursor.any_of("TABLE", "TABLES", "OBJECT")
    pairs = []
    while True:
        cursor.take("IF", "EXISTS")
        old = cursor.name()
        if old is None or not cursor.any_of("TO", "AS") or (new := cursor.name()) is None:
            return None
        pairs.append((old, new))
        if not cursor.is_next(_COMMA):
            return Rename(at, pairs)
        cursor.at += 1


def _exchange(cursor: Cursor, _: str) -> Action | None:
    at = cursor.tokens[0].start
    cursor.at += 1
    if not cursor.any_of("TABLES", "TABLE"):
        return None
    one = cursor.name()
    if one is None or not cursor.take("AND") or (other := cursor.name()) is None:
        return None
    return Swap(at, one, other, whole=True)


def _alter(cursor: Cursor, dialect: str) -> Rewritten | Action | None:
    tokens = cursor.tokens
    at = tokens[0].start
    cursor.at += 1
    if cursor.take("SESSION", "SET", "CURRENT_SCHEMA"):
        if cursor.at < len(tokens) and tokens[cursor.at].token_type == TokenType.EQ:
            cursor.at += 1
        name = cursor.name()
        return None if name is None else LookIn(at, [_stored(name, dialect)])
    if cursor.take("SCHEMA"):
        return _schema(cursor, at)
    if cursor.take("VIEW") and any(token.text.upper() == "AS" for token in tokens):
        return Rewritten([_like(tokens[0], TokenType.CREATE, "CREATE"), *tokens[1:]])
    cursor.at = 1
    cursor.take("MATERIALIZED")
    if not cursor.any_of("TABLE", "VIEW"):
        return None
    cursor.take("IF", "EXISTS")
    cursor.take("ONLY")
    table = cursor.name()
    if table is None:
        return None
    return _altered(cursor, table, at, dialect)


def _schema(cursor: Cursor, at: int) -> Action | None:
    """SQL Server's TRANSFER of a table; a schema that is renamed."""
    schema = cursor.name()
    if schema is None:
        return None
    if cursor.take("TRANSFER"):
        if cursor.take("OBJECT", "::") or cursor.take("OBJECT", ":", ":"):
            pass
        table = cursor.name()
        return None if table is None else MoveTo(at, table, schema.parts[-1])
    if cursor.take("RENAME", "TO"):
        return Unfollowed(at, "what is in a schema that is renamed is not followed")
    return None


def _renamed_all(cursor: Cursor, first: TableName, at: int) -> Action | None:
    """Vertica's `ALTER TABLE a, b RENAME TO b, c`, one after the other."""
    old = [first]
    while cursor.is_next(_COMMA):
        cursor.at += 1
        name = cursor.name()
        if name is None:
            return None
        old.append(name)
    new: list[TableName] = []
    if not cursor.take("RENAME", "TO"):
        return None
    while (name := cursor.name()) is not None:
        new.append(name)
        cursor.at += cursor.is_next(_COMMA)
    return Rename(at, list(zip(old, new, strict=True))) if len(old) == len(new) else None


def _altered(cursor: Cursor, table: TableName, at: int, dialect: str) -> Action | None:
    if cursor.is_next(_COMMA):
        return _renamed_all(cursor, table, at)
    if cursor.take("SET", "SCHEMA"):
        name = cursor.name()
        return None if name is None else MoveTo(at, table, _stored(name, dialect)[-1])
    if cursor.take("RENAME"):
        if cursor.take("COLUMN"):
            old = cursor.name()
            if old is None or not cursor.take("TO") or (new := cursor.name()) is None:
                return None
            return RenameColumn(at, table, _stored(old, dialect)[-1], _stored(new, dialect)[-1])
        cursor.any_of("TO", "AS")
        new = cursor.name()
        return None if new is None else Rename(at, [(table, new)])
    if cursor.take("APPEND", "FROM"):
        other = cursor.name()
        return None if other is None else Move(at, other, table)
    word = cursor.word
    if word in {"SWITCH", "EXCHANGE", "ATTACH", "DETACH", "MOVE", "REPLACE", "SWAP"}:
        return _partition(cursor, word, table, at, dialect)
    return None


def _partition(cursor: Cursor, word: str, table: TableName, at: int, dialect: str) -> Action | None:
    """A partition goes from one table to another; the name of the other comes after one of a few words."""
    before = {"SWITCH": ("TO",), "EXCHANGE": ("TABLE",), "MOVE": ("TABLE",), "REPLACE": ("FROM",),
              "ATTACH": ("PARTITION", "FROM"), "DETACH": ("INTO",), "SWAP": ("WITH",)}[word]  # fmt: skip
    found: int | None = None
    depth = 0
    for i in range(cursor.at, len(cursor.tokens)):
        token = cursor.tokens[i]
        depth += (token.token_type == _L) - (token.token_type == _R)
        bound = i + 1 < len(cursor.tokens) and cursor.tokens[i + 1].token_type == _L  # FOR VALUES FROM (…) TO (…)
        if not depth and token.text.upper() in before and token.token_type != TokenType.STRING and not bound:
            found = i + 1
            if token.text.upper() == before[-1]:
                break
    if found is None:
        return None
    cursor.at = found
    other = cursor.name()
    if other is None:
        return None
    if word == "SWAP":
        return Swap(at, table, other, whole=True)
    if word == "EXCHANGE" and dialect != "hive":
        return Swap(at, table, other, whole=False)
    if word in {"SWITCH", "MOVE", "DETACH"}:
        return Move(at, table, other)
    return Move(at, other, table, overwrite=word == "REPLACE")


def _set(cursor: Cursor, dialect: str) -> Action | None:
    tokens = cursor.tokens
    at = tokens[0].start
    cursor.at += 1
    cursor.any_of("SESSION", "LOCAL")
    if not (cursor.take("DATABASE") or cursor.any_of("SEARCH_PATH", "SCHEMA") or cursor.take("CURRENT", "SCHEMA")
            or cursor.take("CURRENT", "PATH")):  # fmt: skip
        return None
    if cursor.at < len(tokens) and (tokens[cursor.at].token_type == TokenType.EQ or cursor.word == "TO"):
        cursor.at += 1
    schemas: list[Parts] = []
    while cursor.at < len(tokens):
        text = cursor.string()
        name = cursor.name() if text is None else None
        if text is not None:
            schemas += [tuple(p.strip().split(".")) for p in text.split(",") if p.strip()]
        elif name is not None:
            schemas.append(_stored(name, dialect))
        else:
            cursor.at += 1
    schemas = [s for s in schemas if s[-1].lower() not in {"$user", "pg_catalog", "pg_temp", "default"}]
    return LookIn(at, schemas) if schemas else None


def _replace(cursor: Cursor, _: str) -> Rewritten | None:
    tokens = cursor.tokens
    if len(tokens) > 1 and tokens[1].text.upper() in {"VIEW", "TABLE", "MACRO", "PROCEDURE"}:
        return None
    rest = tokens[1:]
    while rest and rest[0].text.upper() in {"LOW_PRIORITY", "DELAYED"}:
        rest = rest[1:]
    into = [] if rest and rest[0].text.upper() == "INTO" else [_like(tokens[0], TokenType.INTO, "INTO")]
    return Rewritten([_like(tokens[0], TokenType.INSERT, "INSERT"), *into, *rest])


def _alias(cursor: Cursor) -> Action | None:
    """CREATE SYNONYM s FOR t (Oracle, SQL Server), CREATE ALIAS (Db2)."""
    cursor.at = 1
    cursor.take("OR", "REPLACE")
    cursor.any_of("EDITIONABLE", "NONEDITIONABLE")
    cursor.take("PUBLIC")
    if not cursor.any_of("SYNONYM", "ALIAS"):
        return None
    name = cursor.name()
    if name is None or not cursor.take("FOR"):
        return None
    cursor.take("TABLE")
    table = cursor.name()
    return None if table is None else Alias(cursor.tokens[0].start, name, table)


def _create(cursor: Cursor, _: str) -> Rewritten | Action | None:
    """CREATE with clauses that the parser stumbles over; they say nothing of columns."""
    alias = _alias(cursor)
    if alias is not None:
        return alias
    tokens = cursor.tokens
    kept = [tokens[0]]
    at, changed = 1, False
    while at < len(tokens):
        words = [token.text.upper() for token in tokens[at : at + 4]]
        if words[:2] == ["ON", "COMMIT"]:
            at += 3 + (words[2:3] in (["PRESERVE"], ["DELETE"]))
        elif (words[:1] == ["SNAPSHOT"] and at == 1) or words[:2] in (["DEEP", "CLONE"], ["SHALLOW", "CLONE"]):
            at += 1
        elif words[:1] == ["CLONE"] and at > 2:  # what comes behind the name says as of when, and where it lies
            end = _name_end(tokens, at + 1)
            kept += tokens[at:end]
            changed = changed or end < len(tokens)
            break
        elif words[:1] in (["ALGORITHM"], ["DEFINER"]) and len(words) > 1 and words[1] == "=":
            at += 3
            while at < len(tokens) and tokens[at].text == "@":  # DEFINER = user@host
                at += 2
        elif words[:2] == ["SQL", "SECURITY"]:
            at += 3
        else:
            kept.append(tokens[at])
            at += 1
            continue
        changed = True
    return Rewritten(kept) if changed else None


def _name_end(tokens: list[Token], at: int) -> int:
    """The index behind a dotted name."""
    at += 1
    while at < len(tokens) and tokens[at].token_type == _DOT:
        at += 2
    return at


def _unload(cursor: Cursor, _: str) -> Action | None:
    at = cursor.tokens[0].start
    cursor.at += 1
    inside = cursor.brackets()
    if inside is None or not cursor.take("TO"):
        return None
    location = cursor.string()
    if location is None or not inside:
        return None
    if inside[0].token_type in _STRINGS:
        return Unload(at, location, None, inside[0].text)
    return Unload(at, location, inside)


def _from_file(cursor: Cursor) -> Action | None:
    """Db2's `LOAD FROM file OF type INSERT INTO t`, and IMPORT, which the command line knows."""
    tokens = cursor.tokens
    of = next((i for i, token in enumerate(tokens) if token.text.upper() == "OF"), 0)
    into = next((i for i, token in enumerate(tokens) if i > of and token.token_type == TokenType.INTO), 0)
    if not 2 < of < into:
        return None
    cursor.at = into + 1
    table = cursor.name()
    inside = cursor.brackets() or []
    columns = [token.text for token in inside if token.token_type != _COMMA]
    way = tokens[into - 1].text.upper()
    location = "".join(token.text for token in tokens[2:of])
    return None if table is None else Load(tokens[0].start, location, table, columns, overwrite=way == "REPLACE")


def _load(cursor: Cursor, dialect: str) -> Action | None:
    """LOAD DATA INFILE (MySQL); BULK INSERT (SQL Server)."""
    tokens = cursor.tokens
    at = tokens[0].start
    if dialect == "db2" and len(tokens) > 1 and tokens[1].text.upper() == "FROM":
        return _from_file(cursor)
    if cursor.take("BULK", "INSERT"):
        table = cursor.name()
        if table is None or not cursor.take("FROM"):
            return None
        location = cursor.string()
        return None if location is None else Load(at, location, table, [], overwrite=False)
    cursor.at += 1
    cursor.any_of("DATA", "XML")
    while cursor.any_of("LOW_PRIORITY", "CONCURRENT", "LOCAL"):
        pass
    if not cursor.any_of("INFILE", "INPATH"):
        return None
    location = cursor.string()
    while cursor.any_of("REPLACE", "IGNORE", "OVERWRITE"):
        pass
    if location is None or not cursor.take("INTO", "TABLE"):
        return None
    table = cursor.name()
    if table is None:
        return None
    columns: list[str] = []
    while cursor.at < len(tokens):
        inside = cursor.brackets()
        if inside is None:
            cursor.at += 1
        elif tokens[cursor.at - 1].token_type == _R and not columns:
            columns = [part[0].text for part in _parts(inside) if part and part[0].token_type != TokenType.PARAMETER]
        if columns and cursor.take("SET"):  # what is made of the fields that went into variables
            columns += [part[0].text for part in _parts(cursor.rest) if part and part[0].text not in columns]
            break
    return Load(at, location, table, columns, overwrite=False)


def _parts(tokens: list[Token]) -> list[list[Token]]:
    """What is between commas."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.token_type == _L) - (token.token_type == _R)
        if token.token_type == _COMMA and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _select(cursor: Cursor, _: str) -> Action | None:
    """SELECT … INTO OUTFILE (MySQL)."""
    tokens = cursor.tokens
    for at, token in enumerate(tokens[:-2]):
        if token.token_type == TokenType.INTO and tokens[at + 1].text.upper() in {"OUTFILE", "DUMPFILE"}:
            if tokens[at + 2].token_type != TokenType.STRING:
                return None
            rest = tokens[at + 3 :]
            tail = next((i for i, t in enumerate(rest) if t.token_type in (TokenType.FROM, TokenType.WHERE)), len(rest))
            return Unload(tokens[0].start, tokens[at + 2].text, [*tokens[:at], *rest[tail:]])
    return None


def _insert(cursor: Cursor, _: str) -> Rewritten | Action | None:
    tokens = cursor.tokens
    at = tokens[0].start
    kept: list[Token] = []
    i = 0
    while i < len(tokens):
        words = [token.text.upper() for token in tokens[i : i + 3]]
        if words[:1] == ["DIRECTORY"] and "USING" in words[2:3]:  # Spark's file format
            kept += tokens[i : i + 2]
            i += 4
            if i < len(tokens) and tokens[i].text.upper() == "OPTIONS":
                after = Cursor(tokens)
                after.at = i + 1
                after.brackets()
                i = after.at
        elif words[:2] == ["WITH", "LABEL"]:  # Doris, StarRocks
            i += 3
        elif words[:1] == ["PROPERTIES"] and len(kept) < 8 and tokens[i + 1 : i + 2] and words[1:2] == ["("]:
            after = Cursor(tokens)
            after.at = i + 1
            after.brackets()
            i = after.at
        elif words[:1] in (["EXEC"], ["EXECUTE"], ["CALL"]) and i >= 2:
            cursor.at = 1
            cursor.any_of("INTO")
            return Unfollowed(at, "what the procedure returns is not known", cursor.name())
        else:
            kept.append(tokens[i])
            i += 1
    return Rewritten(kept) if len(kept) < len(tokens) else None


def _update(cursor: Cursor, dialect: str) -> Rewritten | None:
    """UPDATE OR IGNORE (SQLite); UPDATE t FROM s SET (Teradata); `+=` (SQL Server)."""
    tokens = cursor.tokens
    if len(tokens) > 2 and tokens[1].text.upper() == "OR":
        return Rewritten([tokens[0], *tokens[3:]])
    tops = _top_words(tokens)
    if "FROM" in tops and "SET" in tops and tops["FROM"] < tops["SET"]:
        source, assigned = tops["FROM"], tops["SET"]
        if dialect == "teradata":  # known to the parser, but for a name without an alias, which it takes SET for
            named = tokens[assigned - 1]
            alias = [_like(named, TokenType.ALIAS, "AS"), named]
            return Rewritten([*tokens[:assigned], *alias, *tokens[assigned:]])
        end = min([tops[w] for w in ("WHERE", "ELSE") if w in tops and tops[w] > assigned] or [len(tokens)])
        return Rewritten([*tokens[:source], *tokens[assigned:end], *tokens[source:assigned], *tokens[end:]])
    signs = {TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH, TokenType.MOD, TokenType.AMP,
             TokenType.PIPE, TokenType.CARET}  # fmt: skip
    kept: list[Token] = []
    for at, token in enumerate(tokens):
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        touches = after is not None and after.token_type == TokenType.EQ and after.start == token.end + 1
        if token.token_type in signs and touches:
            continue  # `a += 1` becomes `a = a + 1`: the name comes before the sign
        if token.token_type == TokenType.EQ and at and tokens[at - 1].token_type in signs:
            name = at - 2
            while name >= 2 and tokens[name - 1].token_type == _DOT:
                name -= 2
            kept += [token, *tokens[name : at - 1], tokens[at - 1]]
            continue
        kept.append(token)
    return Rewritten(kept) if len(kept) > len(tokens) else None


def _merge(cursor: Cursor, _: str) -> Rewritten | None:
    """Oracle's WHERE and DELETE WHERE in the branches of MERGE, as conditions of branches of their own."""
    tokens = cursor.tokens
    starts = [i for i, t in enumerate(tokens) if t.text.upper() == "WHEN" and _depth(tokens, i) == 0]
    if not starts:
        return None
    kept = list(tokens[: starts[0]])
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        branch = tokens[start:end]
        tops = _all_top_words(branch)
        then = next((i for word, i in tops if word == "THEN"), None)
        wheres = [i for word, i in tops if word == "WHERE"]
        if then is None or not wheres:
            kept += branch
            continue
        deletes = [i for word, i in tops if word == "DELETE" and i > then + 1]
        first = min([*wheres, *deletes])
        head, body = branch[:then], branch[then:first]
        own = [i for i in wheres if not deletes or i < deletes[0]]
        stop = deletes[0] if deletes else len(branch)
        condition = branch[own[0] + 1 : stop] if own else []
        kept += [*head, *_and(condition, branch[then]), *body]
        if deletes:
            after = [i for i in wheres if i > deletes[0]]
            condition = branch[after[0] + 1 :] if after else []
            kept += [*head, *_and(condition, branch[then]), branch[then], branch[deletes[0]]]
    return Rewritten(kept) if len(kept) != len(tokens) or kept != tokens else None


def _and(condition: list[Token], near: Token) -> list[Token]:
    if not condition:
        return []
    return [_like(near, TokenType.AND, "AND"), _like(near, _L, "("), *condition, _like(near, _R, ")")]


def _depth(tokens: list[Token], at: int) -> int:
    return sum((t.token_type == _L) - (t.token_type == _R) for t in tokens[:at])


def _all_top_words(tokens: list[Token]) -> list[tuple[str, int]]:
    """The words outside of brackets and of CASE, with their places."""
    found: list[tuple[str, int]] = []
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token.token_type in (_L, TokenType.CASE)) - (token.token_type in (_R, TokenType.END))
        if not depth and token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER):
            found.append((token.text.upper(), at))
    return found


def _top_words(tokens: list[Token]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word, at in _all_top_words(tokens):
        found.setdefault(word, at)
    return found


def _call(cursor: Cursor, _: str) -> Action:
    return Unfollowed(cursor.tokens[0].start, "what the procedure does is not known")


def _execute(cursor: Cursor, _: str) -> Action:
    return Unfollowed(cursor.tokens[0].start, "what is executed is not known")


def _queried(cursor: Cursor, _: str) -> Rewritten | None:
    """DECLARE c CURSOR FOR a query; PREPARE p AS a statement, which does not run yet."""
    for at, token in enumerate(cursor.tokens[1:], 1):
        if token.text.upper() in {"SELECT", "WITH"}:
            return Rewritten(cursor.tokens[at:], only_reads=True)
    return None


def _reset(cursor: Cursor, _: str) -> Action | None:
    cursor.at += 1
    return LookAgain(cursor.tokens[0].start) if cursor.any_of("SEARCH_PATH", "ALL") else None


def _database(cursor: Cursor, dialect: str) -> Action | None:
    """Teradata's DATABASE d."""
    cursor.at += 1
    name = cursor.name()
    return None if name is None or cursor.rest else LookIn(cursor.tokens[0].start, [_stored(name, dialect)])


def _stored(name: TableName, dialect: str) -> Parts:
    """The parts of a name that is no table's as the dialect stores them."""
    return name.spelled(facts(dialect).case)


def _like(token: Token, kind: TokenType, text: str) -> Token:
    """A word that is not written, at the place of one that is."""
    return Token(kind, text, token.line, token.col, token.start, token.end, [])


_READERS: dict[str, Callable[[Cursor, str], Rewritten | Action | None]] = {
    "ALTER": _alter, "BULK": _load, "CALL": _call, "CREATE": _create, "DATABASE": _database, "DECLARE": _queried,
    "EXCHANGE": _exchange, "EXEC": _execute, "EXECUTE": _execute, "EXPLAIN": _explain, "INSERT": _insert,
    "IMPORT": _load, "LOAD": _load, "MERGE": _merge, "PREPARE": _queried, "RENAME": _rename, "REPLACE": _replace,
    "RESET": _reset, "SELECT": _select, "SET": _set, "UNLOAD": _unload, "UPDATE": _update, "WITH": _select,
}  # fmt: skip
