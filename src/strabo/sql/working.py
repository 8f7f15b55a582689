"""A session while a text is being read: what USE, CREATE, DROP and RENAME have made of names so far."""

from collections.abc import Sequence

from strabo.model import naming
from strabo.sql.dialects import Facts, facts
from strabo.sql.names import Parts, TableName, candidates
from strabo.sql.result import Made, Schemas, Session


class Found:
    """A table by name: as the catalog or the session calls it, its columns, and how sure that is."""

    __slots__ = ("columns", "guessed", "key", "name", "temporary")

    def __init__(
        self, name: Parts, key: Parts | TableName, columns: tuple[str, ...] | None, *, guessed: bool, temporary: bool
    ) -> None:
        self.name = name
        self.key = key
        self.columns = columns
        self.guessed = guessed
        self.temporary = temporary


class Working:
    """The session of one text; `done` is the value that it leaves."""

    def __init__(self, session: Session, dialect: str, schemas: Schemas) -> None:
        self.dialect = dialect
        self.facts: Facts = facts(dialect)
        self.parser = dialect if self.facts.parser is None else self.facts.parser
        self.rules = self.facts.case
        self.schemas = schemas
        self.search_path: tuple[str, ...] = tuple(session.search_path)
        self.tables: dict[Parts, Made | None] = dict(session.tables)
        self._before = session

    def done(self) -> Session:
        if self.search_path == tuple(self._before.search_path) and self.tables == self._before.tables:
            return self._before
        return Session(search_path=self.search_path, tables=self.tables)

    def find(self, name: TableName) -> Found:
        """A table that is read or written; `guessed`, under its likeliest name, when nobody knows it."""
        tried = candidates(name.parts, name.quoted, self.search_path, self.dialect)
        if self.tables:
            for key in self._own_keys(name, tried):
                made = self.tables.get(key)
                if made is not None:
                    return Found(made.name, key, made.columns, guessed=False, temporary=made.temporary)
        gone = self.tables
        for candidate in tried:
            if gone and candidate.key(self.rules) in gone:
                continue
            table = self.schemas(candidate)
            if table is not None:
                return Found(table.name, candidate, table.columns, guessed=False, temporary=False)
        first = tried[0]
        return Found(first.spelled(self.rules), first, None, guessed=True, temporary=False)

    def key(self, found: Found) -> Parts:
        """What a table is remembered under."""
        return found.key if isinstance(found.key, tuple) else found.key.key(self.rules)

    def _own_keys(self, name: TableName, tried: Sequence[TableName]) -> list[Parts]:
        """The keys under which the session may have a table: a temporary one comes first, and has no schema."""
        parts, quoted = name.parts, name.quoted
        if len(parts) > 1 and parts[0].lower() in {"pg_temp", "tempdb", "temp", "session"}:
            parts, quoted = parts[-1:], quoted[-1:]
        own = [_temporary_key(TableName(parts, quoted).key(self.rules))] if len(parts) == 1 else []
        return own + [candidate.key(self.rules) for candidate in tried]

    def is_temporary(self, name: TableName, *, said: bool) -> bool:
        mark = self.facts.temporary
        return said or bool(mark and name.parts[-1].startswith(mark))

    def make(self, name: TableName, columns: tuple[str, ...] | None, *, temporary: bool = False) -> Found:
        """A table that is made here, whether or not there was one."""
        if temporary:
            name = TableName(name.parts[-1:], name.quoted[-1:])
            key, spelled = _temporary_key(name.key(self.rules)), name.spelled(self.rules)
        else:
            first = candidates(name.parts, name.quoted, self.search_path, self.dialect)[0]
            key, spelled = first.key(self.rules), first.spelled(self.rules)
            known = self.tables.get(key)
            table = None if known is not None or key in self.tables else self.schemas(first)
            spelled = known.name if known is not None else table.name if table is not None else spelled
        self.tables[key] = Made(spelled, columns, temporary)
        return Found(spelled, key, columns, guessed=False, temporary=temporary)

    def alias(self, name: TableName, found: Found) -> None:
        """A name that stands for a table that is known."""
        first = candidates(name.parts, name.quoted, self.search_path, self.dialect)[0]
        self.tables[first.key(self.rules)] = Made(found.name, found.columns, found.temporary)

    def change(self, found: Found, columns: tuple[str, ...] | None) -> None:
        self.tables[self.key(found)] = Made(found.name, columns, found.temporary)

    def drop(self, found: Found) -> None:
        if found.temporary:
            self.tables.pop(self.key(found), None)  # what it hid is seen again
        else:
            self.tables[self.key(found)] = None

    def rename(self, found: Found, to: TableName) -> Found:
        """The table under its new name, which lies where the old one did unless it says otherwise."""
        lent = len(found.name) - len(to.parts)
        if lent > 0 and not found.temporary:
            to = TableName(found.name[:lent] + to.parts, (True,) * lent + to.quoted)
        key, spelled = to.key(self.rules), to.spelled(self.rules)
        if found.temporary:
            key = _temporary_key(key)
        self.drop(found)
        self.tables[key] = Made(spelled, found.columns, found.temporary)
        return Found(spelled, key, found.columns, guessed=found.guessed, temporary=found.temporary)

    def swap(self, one: Found, other: Found) -> None:
        self.change(one, other.columns)
        self.change(other, one.columns)

    # --- where names are looked up -------------------------------------------------------------------------------

    def use(self, parts: Parts, *, what: str = "") -> None:
        """USE: `what` is DATABASE, CATALOG, SCHEMA or "", where the dialect's plain USE tells."""
        here = naming.split(self.search_path[0]) if self.search_path and self.search_path[0] else []
        levels = self.facts.parts - 1
        schema = self.facts.default_schema
        path = list(parts)
        if len(path) < levels:
            is_database = what in {"DATABASE", "CATALOG"} or (what == "" and self.dialect in _USE_NAMES_DATABASE)
            of_database = [*path, schema] if schema else path
            path = of_database if is_database else [*here[: levels - len(path)], *path]
        self.search_path = (naming.join(*path),)

    def look_again(self) -> None:
        """Where names were looked up when the text began."""
        self.search_path = tuple(self._before.search_path)

    def look_in(self, schemas: Sequence[Parts]) -> None:
        """SET search_path: each schema within the current database, unless it names its own."""
        here = naming.split(self.search_path[0]) if self.search_path and self.search_path[0] else []
        database = here[: self.facts.parts - 2] if len(here) > 1 else []
        self.search_path = tuple(naming.join(*(p if len(p) > 1 else (*database, *p))) for p in schemas)


# Dialects of three-part names whose plain USE names the first part, not the second.
_USE_NAMES_DATABASE = frozenset({"tsql", "fabric", "snowflake"})


def _temporary_key(key: Parts) -> Parts:
    """Temporary tables lie in a container of their own, before all others; nothing else has so empty a name."""
    return ("", *key)
