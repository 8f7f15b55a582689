"""The settings of the PostgreSQL source, and what libpq is handed of them."""

from typing import Any, Literal

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from strabo.errors import UsageError
from strabo.model.secret import Secret


class PostgresConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which server, as whom, and how much of it.

    What is not set here libpq takes from where it always does: PGPASSWORD, PGSSLMODE, ~/.pgpass, pg_service.conf.
    """

    url: Secret | None = None  # "postgresql://user:password@host:port/database", in place of the next five
    host: str = "localhost"  # a folder's path means the Unix socket in it
    port: int = 5432
    user: str | None = None
    password: Secret | None = None
    database: str = "postgres"  # the one to log in to first, to ask which others there are
    databases: list[str] = []  # those to read; none means the url's, or else all that are no templates
    schemas: list[str] = []  # patterns of schema names: `sales_*`, or a regular expression between slashes
    exclude_schemas: list[str] = []
    include_system: bool = False  # also pg_catalog, information_schema, and what extensions brought
    routines: bool = True  # functions, procedures and triggers
    queries: bool = False  # also those that ran, as pg_stat_statements counts them
    statement_timeout: float = 60.0  # seconds that one query, or one batch of a long one, may take
    connect_timeout: int = 10  # seconds
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] | None = None
    sslrootcert: str | None = None
    sslcert: str | None = None
    sslkey: str | None = None
    application_name: str = "strabo"
    namespace: str | None = None  # what the names begin with, if not "postgres://host:port"
    options: dict[str, str] = {}  # more of libpq's parameters: {"target_session_attrs": "prefer-standby"}


_OURS = frozenset({"host", "port", "user", "password", "dbname", "options"})
_NOT_A_URL = "`url` is no PostgreSQL URL"  # what libpq says of it may quote the password


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Settings worked out: where, as whom, and libpq's other parameters."""

    host: str
    port: int
    user: str | None
    password: Secret | None
    database: str
    databases: tuple[str, ...]
    parameters: dict[str, Any]

    @property
    def who(self) -> str:
        """The login's name, also where it is libpq that chooses it."""
        defaults = {option.keyword: option.val for option in psycopg.pq.Conninfo.get_defaults()}
        return self.user or (defaults.get(b"user") or b"").decode(errors="replace")

    @property
    def where(self) -> str:
        return f"{'localhost' if self.host.startswith(('/', '@')) else self.host}:{self.port}"

    @property
    def namespace(self) -> str:
        host, _, _ = self.where.rpartition(":")
        host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        return f"postgres://{host.lower()}:{self.port}"

    def conninfo(self, database: str) -> str:
        """What psycopg connects with; the password is in it."""
        return make_conninfo(
            **self.parameters,
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password.reveal() if self.password else None,
            dbname=database,
        )

    def clean(self, text: str) -> str:
        """A message of the server or of libpq, on one line and without the password."""
        text = " ".join(text.split())
        return text.replace(self.password.reveal(), "***") if self.password else text


def login(config: PostgresConfig) -> Login:
    """Raises UsageError for settings that cannot be used."""
    if config.statement_timeout <= 0 or config.connect_timeout <= 0:
        raise UsageError("a timeout must be more than 0 seconds", where="postgres")
    if taken := sorted(_OURS & config.options.keys()):
        raise UsageError(f"options: {', '.join(taken)} cannot be set there", fix="use the setting of its own")
    given = _of_url(config.url)
    named = given.pop("dbname", None)
    parameters: dict[str, Any] = {
        "connect_timeout": config.connect_timeout,
        "application_name": config.application_name,
        "sslmode": config.sslmode,
        "sslrootcert": config.sslrootcert,
        "sslcert": config.sslcert,
        "sslkey": config.sslkey,
        "client_encoding": "UTF8",
        **config.options,
    }
    password = given.pop("password", None)
    # A list of hosts is libpq's to try; the first one names the server.
    host, port = given.pop("host", config.host), given.pop("port", config.port)
    made = Login(
        host=str(host).split(",", maxsplit=1)[0],
        port=int(str(port).split(",", maxsplit=1)[0]),
        user=given.pop("user", config.user),
        password=Secret(password) if password else config.password,
        database=named or config.database,
        databases=tuple(config.databases) or ((named,) if named else ()),
        parameters={**{k: v for k, v in parameters.items() if v is not None}, **given},
    )
    try:
        made.conninfo(made.database)
    except psycopg.ProgrammingError as error:
        raise UsageError(
            f"libpq does not take these settings: {made.clean(str(error))}",
            where=made.where,
            fix="`options` takes the parameters of https://www.postgresql.org/docs/current/libpq-connect.html",
        ) from None
    return made


def _of_url(url: Secret | None) -> dict[str, Any]:
    if url is None:
        return {}
    text = url.reveal()
    if not text.startswith(("postgresql://", "postgres://")):
        raise UsageError(_NOT_A_URL, where="postgres", fix="write postgresql://user:password@host:5432/database")
    try:
        given = dict(conninfo_to_dict(text))
        int(str(given.get("port") or 0).split(",", maxsplit=1)[0])
    except (psycopg.ProgrammingError, ValueError):
        raise UsageError(
            _NOT_A_URL, where="postgres", fix="put %40 for @, %2F for / and %23 for # in the user and the password"
        ) from None
    return given
