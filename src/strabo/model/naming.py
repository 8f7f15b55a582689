"""How names are spelled, compared and taken apart, platform by platform.

Namespaces and names follow OpenLineage's naming page, so that what a connector pulls and what Airflow, dbt or
Spark push is one node without a mapping table. `normal` irons out the drift seen in real events: scheme
aliases, default ports, letter case of hosts, slashes at the ends.
"""

import re
from functools import lru_cache

from strabo.model.ref import Ref

# Scheme aliases seen in pushed events -> the scheme of OpenLineage's naming page.
ALIASES = {
    "postgresql": "postgres",
    "postgresql+psycopg": "postgres",
    "postgresql+psycopg2": "postgres",
    "mariadb": "mysql",
    "mysql+pymysql": "mysql",
    "s3a": "s3",
    "s3n": "s3",
    "gcs": "gs",
    "abfs": "abfss",
    "wasb": "wasbs",
}

# A namespace of these schemes without a port means this one.
DEFAULT_PORTS = {
    "postgres": 5432,
    "mysql": 3306,
    "redshift": 5439,
    "oracle": 1521,
    "mssql": 1433,
    "db2": 50000,
    "hive": 10000,
    "trino": 8080,
    "cassandra": 9042,
    "clickhouse": 8123,
    "teradata": 1025,
    "kafka": 9092,
}

# How an unquoted identifier is folded by the platform; what is not here compares exactly.
FOLD_DOWN = frozenset({"postgres", "redshift", "hive", "trino", "spark", "databricks", "sqlite", "duckdb", "mssql"})
FOLD_UP = frozenset({"snowflake", "oracle", "db2"})

# Platforms whose names are paths; the others' names are identifiers joined by dots.
PATHS = frozenset({"file", "s3", "gs", "abfss", "wasbs", "hdfs", "dbfs"})

_PLAIN = re.compile(r'[^."]+\Z')
_PART = re.compile(r'"((?:[^"]|"")*)"|([^.]*)')


@lru_cache(maxsize=4096)
def platform(namespace: str) -> str:
    """The system a namespace belongs to: its scheme, or the namespace itself where it has none ("bigquery")."""
    scheme, found, _ = namespace.partition(":")
    scheme = scheme.lower()
    return ALIASES.get(scheme, scheme) if found else scheme


@lru_cache(maxsize=4096)
def normal_namespace(namespace: str) -> str:
    """The one spelling of a namespace: alias resolved, lower-case host, default port written, no slash at the end."""
    scheme, found, rest = namespace.strip().partition("://")
    if not found:
        if namespace.startswith("file:"):
            return "file"
        return namespace.rstrip("/") or namespace
    scheme = ALIASES.get(scheme.lower(), scheme.lower())
    if scheme == "file" and not rest.strip("/"):
        return "file"
    if scheme in {"sqlite", "duckdb"}:  # the rest is a path on disk: spelled as it is
        return f"{scheme}://{rest}"
    host, slash, path = rest.partition("/")
    host = host.rpartition("@")[2].lower()  # never a user or a password in a name
    port = DEFAULT_PORTS.get(scheme)
    if port is not None and host and not re.search(r":\d+\Z", host):
        host = f"{host}:{port}"
    return f"{scheme}://{host}{slash}{path}".rstrip("/")


def normal(ref: Ref) -> Ref:
    """The Ref under its one spelling; the same object when it already has it."""
    namespace = normal_namespace(ref.namespace)
    name = ref.name
    kind = platform(namespace)
    if kind in PATHS and kind not in {"file", "hdfs", "dbfs"}:
        name = name.strip("/")
    elif kind in PATHS and len(name) > 1:
        name = name.rstrip("/")
    if namespace == ref.namespace and name == ref.name:
        return ref
    return Ref(namespace, name)


def fold(ref: Ref) -> str:
    """The name as it compares: the same fold in one namespace is one object, unless one feed lists both spellings."""
    kind = platform(ref.namespace)
    if kind in FOLD_DOWN:
        return ref.name.lower()
    if kind in FOLD_UP:
        return ref.name.upper()
    return ref.name


def folds(namespace: str) -> bool:
    """Whether names of this namespace compare regardless of letter case."""
    kind = platform(namespace)
    return kind in FOLD_DOWN or kind in FOLD_UP


def join(*parts: str) -> str:
    """Identifiers joined by dots; a part that holds a dot or a double quote, or is empty, is put in double quotes."""
    return ".".join(p if _PLAIN.match(p) else '"' + p.replace('"', '""') + '"' for p in parts)


def split(name: str) -> list[str]:
    """The identifiers of a dotted name, quotes removed: the inverse of `join`.

    A name that `join` never made is split at its dots.
    """
    if '"' not in name:
        return name.split(".")
    parts: list[str] = []
    at = 0
    while True:
        found = _PART.match(name, at)
        if found is None:  # cannot happen: the second branch matches the empty string
            return name.split(".")
        quoted, plain = found.groups()
        parts.append(quoted.replace('""', '"') if quoted is not None else plain)
        at = found.end()
        if at == len(name):
            return parts
        if name[at] != ".":
            return name.split(".")
        at += 1


def parts(ref: Ref) -> list[str]:
    """The steps from the namespace down to the object: identifiers of a dotted name, folders of a path."""
    if platform(ref.namespace) in PATHS:
        return [p for p in ref.name.split("/") if p]
    return split(ref.name)


def leaf(ref: Ref) -> str:
    """The last step of the name: the table without its schema, the file without its folders.

    What has no name of its own, such as a whole database file, goes by the end of its namespace.
    """
    if not ref.name:
        return ref.namespace.rstrip("/").rpartition("/")[2]
    steps = parts(ref)
    return steps[-1] if steps else ref.name


def within(scope: Ref, ref: Ref) -> bool:
    """Whether an object lies in a scope: same namespace, and below the scope's name (all of it where that is empty)."""
    return scope.namespace == ref.namespace and ref.name.startswith(prefix(scope))


def prefix(scope: Ref) -> str:
    """What the names of all objects of a scope begin with."""
    if not scope.name:
        return ""
    if platform(scope.namespace) in PATHS:
        return scope.name.rstrip("/") + "/"
    return scope.name + "."
