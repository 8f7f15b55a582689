"""`strabo rebuild`: what pushed events add up to, worked out anew."""

import click

from strabo.catalog.actor import here
from strabo.catalog.catalog import open_catalog
from strabo.catalog.events import FEED
from strabo.cli.out import emit, say
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.text import count


@click.command(
    "rebuild",
    cls=Command,
    epilog="""
Every event is kept as it came. What a later version of Strabo reads better in them, or a mapping of hosts that came
after them, takes effect with this. What is right already stays as it is, and so does all history.

Examples:
  strabo rebuild
  strabo rebuild --feed spark

With --json: {"feed", "events", "changes"}.
""",
)
@click.option("--feed", default=FEED, show_default=True, metavar="NAME", help="The feed whose events are meant.")
@pass_session
def command(session: Session, feed: str) -> None:
    """Work out anew what the pushed events of a feed add up to."""
    with open_catalog(session.catalog, create=False) as catalog:
        done = catalog.rebuild(feed, actor=here())
    if session.json:
        emit({"feed": feed, "events": done.events, "changes": done.changes})
    else:
        say(f"{count(done.events, 'event')} folded, {count(done.changes, 'fact')} changed")
