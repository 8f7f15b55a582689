"""The tables that `strabo sql` may be told of: from a file of names, from DDL, from the catalog."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from strabo.cli.sql_text import text_of
from strabo.errors import UsageError
from strabo.model import naming
from strabo.model.ref import Ref
from strabo.sql import names
from strabo.sql.dialects import Case
from strabo.sql.names import Parts, TableName
from strabo.sql.result import Schemas, Session, Table

_PART = re.compile(r'"((?:[^"]|"")*)"|([^."]+)')
_SHAPE = "write {table: [columns]}, or {schema: {table: [columns]}}; or give the CREATE TABLE statements in a .sql file"


def of_file(path: str, dialect: str) -> Schemas:
    """What a JSON, YAML or TOML file says: tables by name, whole or by the ending that a statement writes.

    Names are read as the dialect reads them: plain ones folded, those in double quotes exact. An ending that two
    tables have is nobody's. Raises UsageError for a file that says something else.
    """
    rules = names.case(dialect)
    by_ending: dict[Parts, list[Table]] = {}
    found = [Table(parts, columns) for parts, columns in _tables(_document(path), (), rules, path)]
    for table in found:
        key = tuple(rules.table(part, True) for part in table.name)
        for start in range(len(key)):
            by_ending.setdefault(key[start:], []).append(table)
    whole = {tuple(rules.table(part, True) for part in table.name): table for table in found}

    def ask(name: TableName) -> Table | None:
        key = name.key(rules)
        if key in whole:
            return whole[key]
        ending = by_ending.get(key, [])
        if len(ending) == 1:
            return ending[0]
        # The file may say less of the name than the statement does.
        return next((whole[key[start:]] for start in range(1, len(key)) if key[start:] in whole), None)

    return ask


def of_ddl(path: str, dialect: str) -> tuple[Session, list[str]]:
    """What the statements of a file leave behind, as the session that the SQL begins in; and what was not understood.

    Raises UsageError for a file that cannot be read.
    """
    lineage = import_module("strabo.sql.lineage").lineage
    text, doubt = text_of(path)
    result = lineage(text, dialect=dialect, schemas=lambda _: None)
    return result.session, [f"{path}:{said}" for said in (*filter(None, [doubt]), *result.unparsed)]


class OfCatalog:
    """The tables of an open catalog. `refs`: where those that were found come from, by the name they were given.

    A name is looked for in the namespace, if one is given, else as the ending of a name that only one object has.
    """

    def __init__(self, catalog: Any, dialect: str, namespace: str | None) -> None:
        self._catalog, self._rules, self._namespace = catalog, names.case(dialect), namespace
        self.refs: dict[Parts, Ref] = {}
        self.ambiguous: dict[str, str] = {}

    def __call__(self, name: TableName) -> Table | None:
        spelled = naming.join(*name.spelled(self._rules))
        try:
            ref = self._catalog.resolve(Ref(self._namespace, spelled) if self._namespace else spelled)
        except UsageError as error:
            if hasattr(error, "candidates"):
                self.ambiguous[spelled] = error.what
            return None
        columns = self._catalog.columns(ref)
        if columns is None:
            return None
        parts = tuple(naming.split(ref.name))
        self.refs[parts] = ref
        return Table(parts, columns or None)


def opened(path: str | None) -> Any:
    """The catalog. Imported here and now: most uses of `strabo sql` have none, and should not wait for it."""
    return import_module("strabo.catalog.catalog").open_catalog(path, create=False)


def _document(path: str) -> Any:
    read: Callable[[str], Any] = import_module("strabo.ingest.document").read_document
    return read(path).value


def _tables(value: Any, above: Parts, rules: Case, path: str) -> Iterator[tuple[Parts, tuple[str, ...] | None]]:
    if not isinstance(value, Mapping):
        raise UsageError(f"{naming.join(*above) or 'the file'} is no mapping of tables", where=path, fix=_SHAPE)
    for key, inner in value.items():
        parts = above + _stored(str(key), rules.table if rules.renames else None)
        if inner is None:
            yield parts, None
        elif _is_columns(inner):
            yield parts, tuple(_column(one, rules, parts, path) for one in inner)
        else:
            yield from _tables(inner, parts, rules, path)


def _is_columns(inner: Any) -> bool:
    """Whether a value is a list of columns, or a mapping of columns to types: {id: bigint}."""
    if isinstance(inner, Mapping):
        return bool(inner) and all(isinstance(one, str) for one in inner.values())
    return isinstance(inner, Sequence) and not isinstance(inner, str)


def _column(one: Any, rules: Case, table: Parts, path: str) -> str:
    name = one.get("name") if isinstance(one, Mapping) else one
    if not isinstance(name, str) or not name:
        raise UsageError(f"a column of {naming.join(*table)} has no name: {one!r}", where=path, fix=_SHAPE)
    if len(name) > 2 and name[0] == name[-1] == '"':
        return name[1:-1].replace('""', '"')
    return rules.column(name, False) if rules.renames else name


def _stored(name: str, fold: Callable[[str, bool], str] | None) -> Parts:
    """The parts of a name as the dialect stores them; a name whose quotes fit nowhere is one part as it is."""
    parts: list[str] = []
    at = 0
    while found := _PART.match(name, at):
        quoted, plain = found.groups()
        parts.append(quoted.replace('""', '"') if quoted is not None else plain if fold is None else fold(plain, False))
        at = found.end()
        if at == len(name):
            return tuple(parts)
        if name[at] != ".":
            break
        at += 1
    return (name,)
