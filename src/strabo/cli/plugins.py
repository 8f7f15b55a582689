"""`strabo plugins`: what there is, and whether it loads."""

import click
import msgspec

from strabo.cli.out import emit, note, say
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.table import table
from strabo.cli.text import count
from strabo.errors import UsageError
from strabo.ingest import plugins


class Found(msgspec.Struct, kw_only=True):
    """A plugin, and what is in its way."""

    group: str
    name: str
    value: str
    distribution: str
    version: str
    loads: bool
    problem: str = ""
    fix: str = ""


@click.command(
    "plugins",
    cls=Command,
    epilog="""
With --json: {"plugins": [{"group", "name", "value", "distribution", "version", "loads", "problem", "fix"}]}
""",
)
@pass_session
def command(session: Session) -> None:
    """List the plugins there are and whether each one loads.

    `strabo config explain TYPE` shows the settings of one.
    """
    found = examined()
    if session.json:
        emit({"plugins": found})
        return
    rows = [
        (p.group, p.name, "ok" if p.loads else "does not load", p.fix, f"{p.distribution} {p.version}") for p in found
    ]
    say(*table(("group", "name", "state", "to do", "from"), rows, most=session.width))
    broken = sum(not p.loads for p in found)
    if broken:
        note(session, "", f"{count(broken, 'plugin')} cannot be used until the step under TO DO is taken")


def examined() -> list[Found]:
    """Every plugin, loaded if it can be."""
    found = []
    for item in plugins.installed():
        problem = fix = ""
        try:
            plugins.load(item.group, item.name)
        except UsageError as error:
            problem, fix = error.what, error.fix
        found.append(Found(**item._asdict(), loads=not problem, problem=problem, fix=fix))
    return found
