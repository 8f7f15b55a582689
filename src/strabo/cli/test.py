"""`strabo test`: what a login may read."""

from collections.abc import Iterator

import click

from strabo.cli.out import emit, note, say
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.table import table
from strabo.cli.targets import TARGET, shown, workflow_of
from strabo.cli.text import clean, count, line
from strabo.ingest.contracts import Capability, Checkable
from strabo.ingest.workflow import check_workflow


@click.command(
    "test",
    cls=Command,
    epilog="""
Exit code 1 when something is missing, 3 when the system cannot be reached or refuses the login.

With --json: {"what", "ok", "capabilities": [{"name", "ok", "detail", "fix"}]}
""",
)
@click.argument("what", type=TARGET, metavar="WORKFLOW|URL|DATABASE")
@pass_session
def command(session: Session, what: str) -> int:
    """Say what a login may read, and the grants that are missing.

    Connects to the source of a workflow, a connection URL or a database file. Nothing is written anywhere.
    """
    found = list(checked(what))
    ok = all(c.ok for c in found)
    if session.json:
        emit({"what": shown(what), "ok": ok, "capabilities": found})
        return int(not ok)
    say(*capability_lines(session, found))
    missing = sum(not c.ok for c in found)
    note(session, "all there" if ok else f"{count(missing, 'thing')} missing of {len(found)}")
    return int(not ok)


def checked(what: str) -> Iterator[Capability]:
    """What the source of `what` says of its login. Raises Unavailable or AccessDenied."""
    source = check_workflow(workflow_of(what)).source
    if isinstance(source, Checkable):
        yield from source.check()
    else:
        yield Capability(name="check", ok=True, detail="this source has nothing to check")


def capability_lines(session: Session, found: list[Capability]) -> list[str]:
    """A table of capabilities, and below it what to do about those that are missing."""
    rows = [("ok" if c.ok else "MISSING", c.name, line(c.detail)) for c in found]
    lines = table(("state", "what", "detail"), rows, most=session.width)
    fixes = list(dict.fromkeys((c.name, c.fix) for c in found if not c.ok and c.fix))
    if fixes:
        lines += ["", "to do:"]
        for name, fix in fixes:
            lines += [f"  {clean(name)}:", *(f"    {text}" for text in clean(fix, lines=True).splitlines())]
    return lines
