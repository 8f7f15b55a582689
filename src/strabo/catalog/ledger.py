"""The accounts of a run that no transaction of its records has written."""

from collections.abc import Mapping

from strabo.ingest.events import Event, ScopeClosed, Tell
from strabo.ingest.report import Account
from strabo.store.protocol import Store

_NOBODY: Mapping[str, str] = {}
_AT_ONCE = 10_000
_MOST_PENDING = 100_000  # accounts of one unfinished scope that are kept in case the run breaks off


class LedgerOf:
    """Takes every account of one run. A catalog among the sinks writes most of them with the scope they belong to.

    What is left: those that no sink has seen (a sink's own failures), those of a scope that never ended, and all of
    them when no sink is a catalog.
    """

    def __init__(
        self,
        store: Store,
        feed: str,
        run: int,
        *,
        standing: int = 1,
        catalog: bool,
        by: Mapping[str, str] = _NOBODY,
    ) -> None:
        self._store, self._feed, self._run, self._catalog = store, feed, run, catalog
        self._standing, self._by = standing, by
        self._left: list[Account] = []
        self._pending: list[Account] = []

    def __call__(self, account: Account, recorded: bool) -> None:
        if recorded and self._catalog:
            if len(self._pending) < _MOST_PENDING:
                self._pending.append(account)
            return
        self._left.append(account)
        if not self._catalog and len(self._left) >= _AT_ONCE:  # no sink of ours holds the store's transaction
            self._write()

    def listening(self, tell: Tell) -> Tell:
        """Passes events on, and notes the end of a scope: its accounts are with the sink now."""

        def heard(event: Event) -> None:
            if isinstance(event, ScopeClosed):
                self._pending.clear()
            tell(event)

        return heard

    def finish(self, *, broke: bool) -> None:
        """Writes what is left; after the sinks have closed."""
        if broke:
            self._left += self._pending
        self._write()

    def _write(self) -> None:
        rows, self._left = self._left, []
        if rows:
            with self._store.writing(feed=self._feed, standing=self._standing, run=self._run, **self._by) as writer:
                writer.add_accounts(self._run, rows)
