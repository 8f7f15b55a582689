"""What a login may read of a server, kind by kind, and the grants that are missing."""

from collections.abc import Callable, Iterator, Sequence

from strabo.errors import BadRecord
from strabo.ingest.contracts import Capability
from strabo.sources import mysql_queries as queries
from strabo.sources.mysql_grants import Rights
from strabo.sources.mysql_queries import CountRow, Query
from strabo.sources.mysql_wire import Session

_SHOWN = 10  # databases that a line spells out


def capabilities(
    session: Session,
    rights: Rights,
    wanted: Sequence[str],
    missing: Sequence[tuple[str, str | None]],
    *,
    routines: bool,
) -> Iterator[Capability]:
    """Eight lines at most, whatever the size of the server: what is counted, the server counts.

    wanted: the databases that would be read. missing: those that the config names and the login does not see.
    """
    yield Capability(name="connect", ok=True, detail=f"{session.server} as {rights.account}, read-only")
    yield _databases(rights, wanted, missing)
    if not wanted:
        return
    ask = _Asker(session, rights, wanted)
    yield ask.of("tables and columns", queries.count_tables, "SELECT", rights.sees_tables)
    yield ask.of(
        "view definitions", queries.count_views, "SELECT, SHOW VIEW", lambda name: rights.has("SHOW VIEW", name)
    )
    if routines:
        bodies = rights.grant_bodies(session.server, wanted[0])
        yield ask.of("routine definitions", queries.count_routines, "", rights.sees_routines, bodies)
        yield ask.of("triggers", queries.count_triggers, "TRIGGER", lambda name: rights.has("TRIGGER", name))
        yield ask.of("events", queries.count_events, "EVENT", lambda name: rights.has("EVENT", name))
    yield ask.of("sizes", queries.count_sizes, "SELECT", lambda _: True)


class _Asker:
    def __init__(self, session: Session, rights: Rights, wanted: Sequence[str]) -> None:
        self._session, self._rights, self._wanted = session, rights, wanted

    def of(
        self,
        name: str,
        count: Callable[[int], Query[CountRow]],
        needs: str,
        held: Callable[[str], bool],
        unread: str = "",
    ) -> Capability:
        """How much of a kind can be read. Not all right where the login lacks what would show all of it.

        needs: the rights on a database that show this kind; unread: the whole grant, where it is not of a database.
        held: whether the login has them.
        """
        try:
            with self._session.rows(count(len(self._wanted)), *self._wanted) as rows:
                found = next(iter(rows), CountRow())
        except BadRecord as error:
            return Capability(name=name, ok=False, detail=f"{error.where}: {error.what}", fix=error.fix)
        listed, readable = found.all or 0, found.readable or 0
        without = [database for database in self._wanted if not held(database)]
        detail = f"{readable} of {listed}"
        fixes = [self._rights.grant(needs, database) for database in without[:_SHOWN]] if needs else []
        if without:
            detail += f"; more may be unseen in {_some(without)}"
        if unread and (without or readable < listed):
            fixes.append(unread)
        elif readable < listed and not fixes:
            fixes.append(f"look for views that are broken, or GRANT {needs} to their definers")
        return Capability(name=name, ok=not fixes, detail=detail, fix="; ".join(fixes))


def _databases(rights: Rights, wanted: Sequence[str], missing: Sequence[tuple[str, str | None]]) -> Capability:
    detail = _some(wanted) if wanted else "none"
    if missing:
        fixes = [
            f"did you mean {guess!r}?" if guess else rights.grant("SELECT, SHOW VIEW", name) for name, guess in missing
        ]
        detail += f"; not seen: {_some([name for name, _ in missing])}"
        return Capability(name="databases", ok=False, detail=detail, fix="; ".join(fixes[:_SHOWN]))
    fix = "" if wanted else f"GRANT SELECT, SHOW VIEW ON *.* TO {rights.account}"
    return Capability(name="databases", ok=bool(wanted), detail=detail, fix=fix)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
