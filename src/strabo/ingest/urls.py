"""A connection URL or a database file instead of a workflow file."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from strabo.errors import UsageError
from strabo.ingest import plugins
from strabo.ingest.workflow import Workflow, workflow_from
from strabo.model import naming

_WORKFLOWS = {".yaml", ".yml", ".toml", ".json"}
_FILES = {".sqlite": "sqlite", ".sqlite3": "sqlite", ".db": "sqlite", ".duckdb": "duckdb", ".ddb": "duckdb"}
_MAGIC = {b"SQLite format 3\x00": "sqlite"}


def workflow_for_url(text: str) -> Workflow | None:
    """The workflow that reads what a URL or a database file names; None when `text` is a workflow file.

    Processors are those that most people want: the lineage of views. Raises UsageError for a scheme that no source
    plugin reads.
    """
    if "://" not in text:
        kind = database_file(Path(text))
        if kind is None:
            return None
        return _workflow(Path(text).stem, kind, {"path": text})
    scheme = text.partition("://")[0]
    kind = naming.ALIASES.get(scheme.lower(), scheme.lower())
    if kind not in plugins.names("sources"):
        known = ", ".join(sorted(plugins.names("sources")))
        raise UsageError(f"no source reads {scheme}:// URLs", fix=f"there are {known}; or name a workflow file")
    if kind in {"sqlite", "duckdb"}:
        path = text.partition("://")[2]
        return _workflow(Path(path).stem, kind, {"path": path})
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - a port that is no number, such as half a password, is found here
    except ValueError:
        raise UsageError(
            f"the {kind} URL cannot be taken apart",
            fix="write scheme://user:password@host:port/database, a @ : / ? or # in it as %40 %3A %2F %3F %23",
        ) from None
    feed = naming.normal_namespace(f"{kind}://{parts.netloc.rpartition('@')[2]}") + parts.path
    return _workflow(feed, kind, {"url": text})


def database_file(path: Path) -> str | None:
    """The source plugin that reads a file: by its first bytes, else by its suffix; None for anything else."""
    if path.suffix.lower() in _WORKFLOWS:
        return None
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        return _FILES.get(path.suffix.lower())
    if start in _MAGIC:
        return _MAGIC[start]
    if start[8:12] == b"DUCK":
        return "duckdb"
    return _FILES.get(path.suffix.lower())


def _workflow(name: str, kind: str, config: dict[str, Any]) -> Workflow:
    raw = {"name": name, "source": {"type": kind, "config": config}, "processors": [{"type": "sql_lineage"}]}
    return workflow_from(raw, name, interpolate=False)
