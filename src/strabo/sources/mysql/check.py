"""What a login may read of a server, kind by kind, and the grants that are missing."""

from collections.abc import Callable, Iterator, Sequence

from strabo.errors import BadRecord
from strabo.ingest.contracts import Capability
from strabo.sources.mysql import queries
from strabo.sources.mysql.grants import Rights
from strabo.sources.mysql.queries import CountRow, Query
from strabo.sources.mysql.wire import Session

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
    ask = _Asker(session, wanted)

    def on(needs: str) -> Callable[[str], str]:
        return lambda name: rights.grant(needs, name)

    def bodies(name: str) -> str:
        return rights.grant_bodies(session.server, name)

    broken = "look for views that are broken, or whose definer lacks a grant"
    yield ask.of("tables and columns", queries.count_tables, rights.sees_tables, on("SELECT"), broken)
    yield ask.of("view definitions", queries.count_views, _held(rights, "SHOW VIEW"), on("SELECT, SHOW VIEW"))
    if routines:
        yield ask.of("routine definitions", queries.count_routines, rights.sees_routines, bodies)
        yield ask.of("triggers", queries.count_triggers, _held(rights, "TRIGGER"), on("TRIGGER"))
        yield ask.of("events", queries.count_events, _held(rights, "EVENT"), on("EVENT"))
    yield ask.of("sizes", queries.count_sizes, lambda _: True, on("SELECT"))


class _Asker:
    def __init__(self, session: Session, wanted: Sequence[str]) -> None:
        self._session, self._wanted = session, wanted

    def of(
        self,
        name: str,
        count: Callable[[int], Query[CountRow]],
        held: Callable[[str], bool],
        grant: Callable[[str], str],
        otherwise: str = "",
    ) -> Capability:
        """How much of a kind can be read. Not all right where the login lacks what would show all of it.

        held: whether the login has, in a database, the right that lists this kind. grant: the grant that gives it.
        otherwise: what to try when the right is there, and something cannot be read all the same.
        """
        try:
            with self._session.rows(count(len(self._wanted)), *self._wanted) as rows:
                found = next(iter(rows), CountRow())
        except BadRecord as error:
            return Capability(name=name, ok=False, detail=f"{error.where}: {error.what}", fix=error.fix)
        listed, readable = found.all or 0, found.readable or 0
        without = [database for database in self._wanted if not held(database)]
        detail = f"{readable} of {listed}" + (f"; more may be unseen in {_some(without)}" if without else "")
        if not without and readable == listed:
            return Capability(name=name, ok=True, detail=detail)
        # Some grants are for the whole server, and come once for all databases.
        fixes = dict.fromkeys(grant(database) for database in (without or self._wanted)[:_SHOWN])
        return Capability(
            name=name, ok=False, detail=detail, fix=otherwise if otherwise and not without else "; ".join(fixes)
        )


def _held(rights: Rights, right: str) -> Callable[[str], bool]:
    return lambda database: rights.has(right, database)


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
