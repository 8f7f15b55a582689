"""The settings of the MySQL source, and what its URL spells."""

from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from strabo.errors import UsageError
from strabo.model.naming import ALIASES, normal_namespace
from strabo.model.secret import Secret

_BY_URL = frozenset({"unix_socket", "ssl_ca", "ssl_cert", "ssl_key", "ssl_verify_cert", "ssl_verify_identity"})
_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


class MySqlConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a MySQL or MariaDB server is, who logs in, and what to read there."""

    host: str = "localhost"
    port: int = 3306
    user: str | None = None
    password: Secret | None = None
    url: Secret | None = (
        None  # mysql://user:password@host:port/database; what it names wins over the settings beside it
    )
    unix_socket: str | None = None
    databases: tuple[str, ...] = ()  # patterns; empty means all that the login sees
    exclude_databases: tuple[str, ...] = ()
    connect_timeout: float = 10.0  # seconds
    statement_timeout: float | None = 600.0  # seconds that one catalog query may take; null leaves it to the server
    ssl_ca: str | None = None  # paths of PEM files; TLS options are PyMySQL's
    ssl_cert: str | None = None
    ssl_key: str | None = None
    ssl_verify_cert: bool | None = None
    ssl_verify_identity: bool | None = None
    namespace: str | None = None  # names of the catalog begin with it; mysql://host:port where none is given
    routines: bool = True  # procedures, functions, triggers and events, too
    queries: Literal["digests", "general_log"] | None = None  # also those that ran, and where the server keeps them


def resolved(config: MySqlConfig) -> MySqlConfig:
    """The config with its URL taken apart, so that `url` is None. Raises UsageError, which never shows the URL.

    A database in the URL is the one that is read, unless `databases` says otherwise.
    """
    if not 0 < config.connect_timeout < 31_536_000:  # what the driver accepts
        raise UsageError("connect_timeout must be more than 0 and less than 31536000 seconds", where="mysql source")
    if config.statement_timeout is not None and config.statement_timeout <= 0:
        raise UsageError("statement_timeout must be more than 0 seconds", where="mysql source", fix="use null for none")
    if config.url is None:
        return _with_port(config)
    try:
        url = urlsplit(config.url.reveal())
        host, port = url.hostname, url.port
    except ValueError:
        # What went wrong would quote the URL, and with it perhaps the password.
        raise _torn() from None
    if ALIASES.get(url.scheme, url.scheme) != "mysql":
        raise _wrong("its scheme is not mysql or mariadb", "mysql://user:password@host:3306/database")
    if "@" in url.path + url.query or "/" in url.path.strip("/") or url.fragment:
        raise _torn()  # a bare / ? or # in a password: what stands behind it is no database, and not to be shown
    found: dict[str, object] = {"url": None}
    if host:
        found["host"] = unquote(host)
    if port:
        found["port"] = port
    if url.username:
        found["user"] = unquote(url.username)
    if url.password:
        found["password"] = Secret(unquote(url.password))
    database = unquote(url.path.strip("/"))
    if database and not config.databases:
        found["databases"] = (_literal(database),)
    for key, value in parse_qsl(url.query):
        if key not in _BY_URL:
            raise _wrong(f"its option {key!r} is unknown", f"use {', '.join(sorted(_BY_URL))}")
        found[key] = _flag(key, value) if key.startswith("ssl_verify") else value
    return _with_port(msgspec.structs.replace(config, **found))


def namespace_of(config: MySqlConfig) -> str:
    """What the names of a server's objects begin with: "mysql://db.example:3306"."""
    if config.namespace is not None:
        return config.namespace
    host = f"[{config.host}]" if ":" in config.host else config.host
    return normal_namespace(f"mysql://{host}:{config.port}")


def place(config: MySqlConfig) -> str:
    """Where the server is, for messages: host and port, or the socket's path."""
    return config.unix_socket or f"{config.host}:{config.port}"


def _with_port(config: MySqlConfig) -> MySqlConfig:
    if not 0 < config.port < 65536:
        raise UsageError(f"port {config.port} is none: it must lie between 1 and 65535", where="mysql source")
    return config


def _literal(name: str) -> str:
    """A pattern that only this name matches."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _flag(key: str, value: str) -> bool:
    if value.lower() in _YES | _NO:
        return value.lower() in _YES
    raise _wrong(f"its option {key!r} is neither true nor false", f"{key}=true")


def _torn() -> UsageError:
    return _wrong("it cannot be taken apart", "write / @ : # ? in a password as %2F %40 %3A %23 %3F")


def _wrong(what: str, fix: str) -> UsageError:
    return UsageError(f"the url of the mysql source is wrong: {what}", where="mysql source, url", fix=fix)
