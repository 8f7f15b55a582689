"""`strabo audit`: who wrote what, when and from where."""

from collections.abc import Iterator
from datetime import datetime

import click

from strabo.catalog import audit
from strabo.catalog.catalog import Catalog, open_catalog
from strabo.catalog.times import parse_time
from strabo.cli.out import emit, note, say
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.table import table
from strabo.cli.text import moment


@click.command(
    "audit",
    cls=Command,
    epilog="""
Examples:
  strabo audit --since yesterday
  strabo audit --actor 'airflow*' --limit 500

BEGAN and ENDED count facts: a fact that changed has ended and begun.

With --json: {"writes": [{"id", "at", "actor", "origin", "what", "feed", "run", "began", "ended", "more"}], "complete"}
""",
)
@click.option("--since", metavar="TIME", help='From when on: "2026-11-01", "3d" (ago), "yesterday".')
@click.option("--actor", default="", metavar="NAME", help="Only writes of this actor; * stands for anything.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, metavar="N", help="Show so many.")
@click.option("--uses", is_flag=True, help="Also the writes that only say when a token was last used.")
@pass_session
def command(session: Session, since: str | None, actor: str, limit: int, uses: bool) -> None:
    """List who wrote what, when and from where.

    Newest first. An actor is a person at a machine (ann@desk), or the token of one who pushed.
    """
    start = None if since is None else parse_time(since)
    with open_catalog(session.catalog, create=False) as catalog:
        found: list[audit.Written] = []
        complete = True
        for one in _all(catalog, start, actor, limit, uses=uses):
            if len(found) == limit:
                complete = False
                break
            found.append(one)
    if session.json:
        emit({"writes": found, "complete": complete})
        return
    if not found:
        note(session, "no writes")
        return
    head = ("at", "actor", "from", "what", "feed", "began", "ended")
    rows = [
        (
            moment(w.at),
            w.actor,
            w.origin,
            w.what,
            w.feed,
            f"{w.began:,}" + "+" * w.more,
            f"{w.ended:,}" + "+" * w.more,
        )
        for w in found
    ]
    say(*table(head, rows, most=session.width, right=("began", "ended")))
    if not complete:
        note(session, "there are more: --limit")


def _all(catalog: Catalog, since: datetime | None, actor: str, limit: int, *, uses: bool) -> Iterator[audit.Written]:
    before: int | None = None
    while True:
        page = audit.page(catalog.store, before=before, since=since, actor=actor, limit=min(limit + 1, 1000), uses=uses)
        yield from page.writes
        if page.following is None:
            return
        before = page.following
