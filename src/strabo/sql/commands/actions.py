"""What a statement that the parser does not know comes back as."""

from sqlglot.tokenizer_core import Token

from strabo.sql.names import Parts, TableName


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
