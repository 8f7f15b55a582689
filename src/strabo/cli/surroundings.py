"""What databases there are around here: files by their first bytes, servers by the variables that name them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from strabo.catalog.catalog import default_path
from strabo.cli.template import Find
from strabo.errors import UsageError
from strabo.ingest import plugins
from strabo.ingest.document import guess
from strabo.model import naming
from strabo.store.sqlite_schema import APPLICATION_ID

_SUFFIXES = frozenset({".db", ".db3", ".sqlite", ".sqlite3", ".duckdb", ".ddb"})
_MOST_FILES = 10_000  # looked at; a data lake below this folder is not to be walked
_MOST_FINDS = 50


def found_here(folder: Path, environ: Mapping[str, str], catalog: str | None = None) -> Iterator[Find]:
    """Databases in the folder and one level below it, then those that variables name. Our own catalogs are none."""
    yield from _files(folder, Path(catalog or default_path()))
    seen = set()
    for find in (_database_url(environ), _postgres(environ), _mysql(environ)):
        if find is not None and find.type not in seen:
            seen.add(find.type)
            yield find


def asked(source: str, environ: Mapping[str, str]) -> Find:
    """A file for one source, filled with what variables tell. Raises UsageError for a source that there is not."""
    if source not in plugins.names("sources") and ":" not in source:
        known = plugins.names("sources")
        raise UsageError(
            f"there is no source named {source!r}{guess(source, known)}", fix="`strabo plugins` lists them"
        )
    for find in (_database_url(environ), _postgres(environ), _mysql(environ)):
        if find is not None and find.type == source:
            return find
    name = source.rpartition(":")[2].lower()
    values = {
        "postgres": {
            "host": "${PGHOST:-localhost}",
            "user": "${PGUSER:-postgres}",
            "database": "${PGDATABASE:-postgres}",
        },
        "mysql": {"host": "${MYSQL_HOST:-localhost}", "user": "${MYSQL_USER:-root}"},
        "sqlite": {"path": "data.db"},
        "duckdb": {"path": "data.duckdb"},
    }
    return Find(type=source, name=name, values=values.get(source, {}), why=f"the source {source}")


# --- files


def _files(folder: Path, catalog: Path) -> Iterator[Find]:
    looked = found = 0
    for path in _listing(folder):
        looked += 1
        if looked > _MOST_FILES or found >= _MOST_FINDS:
            return
        kind = _kind(path) if path.suffix.lower() in _SUFFIXES else None
        if kind is None or _same(path, catalog):
            continue
        found += 1
        yield Find(type=kind, name=_name(path.stem), values={"path": _plain(str(path))}, why=f"the file {path}")


def _listing(folder: Path) -> Iterator[Path]:
    """The files of a folder and of the folders in it, by name."""
    below: list[Path] = []
    for path in _entries(folder):
        if path.is_dir():
            if not path.name.startswith(".") and not path.is_symlink():
                below.append(path)
        else:
            yield path
    for inner in below:
        yield from (path for path in _entries(inner) if not path.is_dir())


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []  # a folder that may not be listed has nothing for us


def _kind(path: Path) -> str | None:
    """The source that reads a file, by its first bytes alone; None for any other, and for a catalog of ours."""
    try:
        if not path.is_file():
            return None  # opening a pipe would wait for its writer
        with path.open("rb") as file:
            start = file.read(72)
    except OSError:
        return None
    if start.startswith(b"SQLite format 3\x00"):
        return None if int.from_bytes(start[68:72], "big") == APPLICATION_ID else "sqlite"
    return "duckdb" if start[8:12] == b"DUCK" else None


def _same(path: Path, other: Path) -> bool:
    return other.exists() and path.samefile(other)


# --- variables


def _database_url(environ: Mapping[str, str]) -> Find | None:
    url = environ.get("DATABASE_URL", "")
    scheme, found, rest = url.partition("://")
    scheme = scheme.lower()
    kind = naming.ALIASES.get(scheme, naming.ALIASES.get(scheme.partition("+")[0], scheme.partition("+")[0]))
    if not found or kind not in plugins.names("sources"):
        return None
    if kind in {"sqlite", "duckdb"}:
        # To SQLAlchemy and Django sqlite:///shop.db is a file in this folder, sqlite:////data/shop.db one at the root.
        path = rest.partition("?")[0].removeprefix("/")
        if not path or path == ":memory:":
            return None
        return Find(
            type=kind, name=_name(Path(path).stem), values={"path": _plain(path)}, why="the variable DATABASE_URL"
        )
    try:
        database = urlsplit(url).path.strip("/")
    except ValueError:
        database = ""
    return Find(
        type=kind, name=_name(database or kind), values={"url": "${DATABASE_URL}"}, why="the variable DATABASE_URL"
    )


def _postgres(environ: Mapping[str, str]) -> Find | None:
    if not any(environ.get(name) for name in ("PGHOST", "PGDATABASE", "PGSERVICE")):
        return None
    values: dict[str, object] = {"host": "${PGHOST:-localhost}", "port": "${PGPORT:-5432}"}
    if environ.get("PGUSER"):
        values["user"] = "${PGUSER}"
    if environ.get("PGPASSWORD"):
        values["password"] = "${PGPASSWORD}"  # noqa: S105 - a reference
    values["database"] = "${PGDATABASE:-postgres}"
    if environ.get("PGDATABASE"):
        values["databases"] = ["${PGDATABASE}"]
    named = next(name for name in ("PGDATABASE", "PGHOST", "PGSERVICE") if environ.get(name))
    return Find(
        type="postgres",
        name=_name(environ.get("PGDATABASE") or "postgres"),
        values=values,
        why=f"the variable {named}",
    )


def _mysql(environ: Mapping[str, str]) -> Find | None:
    if not environ.get("MYSQL_HOST"):
        return None
    values: dict[str, object] = {"host": "${MYSQL_HOST}"}
    for setting, names in (
        ("port", ("MYSQL_PORT", "MYSQL_TCP_PORT")),
        ("user", ("MYSQL_USER",)),
        ("password", ("MYSQL_PASSWORD", "MYSQL_PWD")),
    ):
        name = next((n for n in names if environ.get(n)), None)
        if name:
            values[setting] = f"${{{name}}}"
    if environ.get("MYSQL_DATABASE"):
        values["databases"] = ["${MYSQL_DATABASE}"]
    return Find(
        type="mysql", name=_name(environ.get("MYSQL_DATABASE") or "mysql"), values=values, why="the variable MYSQL_HOST"
    )


def _name(text: str) -> str:
    """A name for a feed and its file."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-.") or "source"


def _plain(text: str) -> str:
    """A value that holds no reference: `${` is written `$${`."""
    return text.replace("${", "$${")
