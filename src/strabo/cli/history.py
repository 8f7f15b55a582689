"""`strabo history`: all that ever changed about one object."""

from itertools import groupby

import click

from strabo.catalog.catalog import open_catalog
from strabo.catalog.changes import Event
from strabo.cli.changing import difference_lines, difference_values
from strabo.cli.out import emit, indented, note, say
from strabo.cli.refs import REF
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.text import clean, count, line, moment


@click.command(
    "history",
    cls=Command,
    epilog="""
With --json: {"ref", "events": [{"at", "feed", "run", "actor", "change", "aspect",
  "differences": [{"change", "what", "before", "after"}]}]}, the newest first
""",
)
@click.argument("ref", type=REF)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the newest so many steps.")
@pass_session
def command(session: Session, ref: str, limit: int | None) -> None:
    """List all that ever changed about one object."""
    with open_catalog(session.catalog, create=False) as catalog:
        known = catalog.resolve(ref)
        events = catalog.history(known)
    shown = events[:limit]
    if session.json:
        fields = ("at", "feed", "run", "actor", "change", "aspect")
        events_told = [
            {**{name: getattr(e, name) for name in fields}, "differences": difference_values(e.differences)}
            for e in shown
        ]
        emit({"ref": known, "events": events_told})
        return
    say(session.bold(clean(str(known))))
    for (at, *_), steps in groupby(shown, key=lambda e: (e.at, e.feed, e.run, e.actor)):
        several = list(steps)
        say("", f"{moment(at)}  {session.dim(_by(several[0]))}")
        for event in several:
            say(
                f"  {event.change} {event.aspect.replace('_', ' ')}",
                *indented(difference_lines(event.differences), "    "),
            )
    if len(events) > len(shown):
        note(session, "", f"{count(len(events) - len(shown), 'older step')} not shown")


def _by(event: Event) -> str:
    if event.run:  # mostly a scheduler's; `strabo audit` tells who started it
        return f"{line(event.feed)}, run {event.run}"
    return line(event.feed) + (f", by {line(event.actor)}" if event.actor else "")
