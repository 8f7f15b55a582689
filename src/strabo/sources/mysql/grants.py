"""What a login may do, as SHOW GRANTS says it; and the grants that it lacks, as a line to paste."""

import re
from collections.abc import Iterable

import msgspec

from strabo.sources.mysql.queries import Flavour

_GRANT = re.compile(
    r"(?P<verb>GRANT|REVOKE) (?P<rights>.+?) ON (?P<on>\*|`(?:[^`]|``)*`)\.(?P<object>\*|`(?:[^`]|``)*`) (?:TO|FROM) ",
    re.DOTALL,
)
_COLUMNS = re.compile(r"\s*\([^)]*\)")
_ALL = "ALL PRIVILEGES"

# Any one of these on a database shows all of its tables.
_SHOWS_TABLES = (
    "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER", "CREATE VIEW",
    "SHOW VIEW", "TRIGGER",
)  # fmt: skip
_SHOWS_ROUTINES = ("EXECUTE", "ALTER ROUTINE", "CREATE ROUTINE", "SHOW CREATE ROUTINE", "SHOW_ROUTINE")
_MARIA_SHOW_ROUTINE = (11, 3)
_MYSQL_SHOW_ROUTINE = (8, 0, 20)
_MYSQL_NO_PROC = (8, 0)


class Grant(msgspec.Struct, frozen=True):
    database: str | None  # a pattern of LIKE; None: all databases
    table: str | None  # None: all of the database
    rights: frozenset[str]
    revoked: bool = False


class Rights(msgspec.Struct, frozen=True):
    """The grants of a login. `unknown`: the server would not say, so that everything is taken to be allowed."""

    account: str  # "'strabo'@'%'"
    grants: tuple[Grant, ...] = ()
    unknown: bool = False

    def has(self, right: str, database: str, table: str | None = None) -> bool:
        """Whether a right is held on all of a database, or on one of its tables."""
        if self.unknown:
            return True
        held = [
            grant
            for grant in self.grants
            if (grant.database is None or _like(grant.database, database))
            and (grant.table is None or grant.table == table)
            and (right in grant.rights or _ALL in grant.rights)
        ]
        return bool(held) and not any(grant.revoked for grant in held)

    def sees_tables(self, database: str) -> bool:
        """Whether it is shown all tables of a database, so that one that is missing is gone."""
        return any(self.has(right, database) for right in _SHOWS_TABLES)

    def sees_routines(self, database: str) -> bool:
        return self.has("SELECT", "mysql", "proc") or any(self.has(right, database) for right in _SHOWS_ROUTINES)

    def missing_for_jobs(self, server: Flavour, database: str) -> tuple[str, ...]:
        """The grants without which some procedures, triggers or events of a database stay unseen."""
        lacks = [] if self.sees_routines(database) else [self.grant_bodies(server, database)]
        watches = ", ".join(right for right in ("TRIGGER", "EVENT") if not self.has(right, database))
        return (*lacks, self.grant(watches, database)) if watches else tuple(lacks)

    def grant(self, rights: str, database: str, table: str | None = None) -> str:
        """The statement that an administrator runs to give the login these rights."""
        return f"GRANT {rights} ON {quoted(database)}.{'*' if table is None else quoted(table)} TO {self.account}"

    def grant_bodies(self, server: Flavour, database: str) -> str:
        """The grant that shows the text of other people's procedures; each release has its own."""
        if server.maria and server.version >= _MARIA_SHOW_ROUTINE:
            return self.grant("SHOW CREATE ROUTINE", database)
        if not server.maria and server.version >= _MYSQL_SHOW_ROUTINE:
            return f"GRANT SHOW_ROUTINE ON *.* TO {self.account}"
        if not server.maria and server.version >= _MYSQL_NO_PROC:
            return f"GRANT SELECT ON *.* TO {self.account}"
        return self.grant("SELECT", "mysql", "proc")


def rights(account: str, lines: Iterable[str]) -> Rights:
    """What the lines of SHOW GRANTS allow. account: what CURRENT_USER() says, "strabo@%"."""
    return Rights(quoted_account(account), tuple(grant for line in lines if (grant := _grant(line)) is not None))


def quoted(name: str) -> str:
    """A name as an identifier of SQL."""
    return "`" + name.replace("`", "``") + "`"


def quoted_account(account: str) -> str:
    user, _, host = account.rpartition("@")
    return "@".join("'" + part.replace("\\", "\\\\").replace("'", "''") + "'" for part in (user, host))


def _grant(line: str) -> Grant | None:
    found = _GRANT.match(line)
    if found is None:  # a role, a proxy, a single routine
        return None
    names = frozenset(name.strip().upper() for name in _COLUMNS.sub("", found["rights"]).split(","))
    return Grant(_name(found["on"]), _name(found["object"]), names, found["verb"] == "REVOKE")


def _name(text: str) -> str | None:
    return None if text == "*" else text[1:-1].replace("``", "`")


def _like(pattern: str, name: str) -> bool:
    r"""Whether a name matches a pattern of LIKE: `_` is any character, `%` any text, `\_` and `\%` themselves."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return re.fullmatch("".join(wild.get(p) or re.escape(p[-1]) for p in parts), name, re.DOTALL) is not None
