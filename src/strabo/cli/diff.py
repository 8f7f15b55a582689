"""`strabo diff`: the catalog at one moment against another."""

import click

from strabo.catalog.catalog import open_catalog
from strabo.catalog.changes import Diff
from strabo.cli.changing import difference_lines, difference_values
from strabo.cli.out import emit, indented, note, say
from strabo.cli.refs import REF
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.text import clean, moment

_SIGNS = {"created": "+", "retired": "-", "changed": "~"}
_COLORS = {"created": "green", "retired": "red", "changed": "yellow"}


@click.command(
    "diff",
    cls=Command,
    epilog="""
FROM and TO are times ("2026-11-01", "3d", "yesterday") or run:N, which is before that run as FROM and after it as TO.
Without TO: now. Without FROM: before the newest run that changed anything.

Examples:
  strabo diff
  strabo diff 3d
  strabo diff run:7 run:7 --exit-code

With --json: {"since", "until", "created", "changed", "retired": N, "objects": [{"ref", "change", "kind",
  "differences": [{"change", "what", "before", "after"}]}]}
""",
)
@click.argument("since", required=False, metavar="[FROM]")
@click.argument("until", required=False, metavar="[TO]")
@click.option("--within", type=REF, metavar="REF", help="Only this object and what lies in it.")
@click.option("--all", "everything", is_flag=True, help="Also what moves with the data: sizes, usage, profiles, runs.")
@click.option("--exit-code", is_flag=True, help="Exit code 1 when anything is different.")
@pass_session
def command(
    session: Session, since: str | None, until: str | None, within: str | None, everything: bool, exit_code: bool
) -> int:
    """Compare the catalog between two moments."""
    with open_catalog(session.catalog, create=False) as catalog:
        diff = catalog.diff(since, until, within=within, quiet=not everything)
    if session.json:
        emit(_as_json(diff))
    else:
        _print(session, diff)
    return int(exit_code and bool(diff.objects))


def _print(session: Session, diff: Diff) -> None:
    for item in diff.objects:
        sign = session.paint(_SIGNS[item.change], fg=_COLORS[item.change])
        say(f"{sign} {session.bold(clean(str(item.ref)))}  {session.dim(item.kind)}".rstrip())
        say(*indented(difference_lines(item.differences), "    "))
    between = f"between {moment(diff.since) or 'the beginning'} and {moment(diff.until) or 'now'}"
    if not diff.objects:
        note(session, f"nothing is different {between}")
        return
    counts = ", ".join(f"{diff.count(change)} {change}" for change in ("created", "changed", "retired"))
    note(session, "", f"{counts} {between}")


def _as_json(diff: Diff) -> dict[str, object]:
    return {
        "since": diff.since,
        "until": diff.until,
        "created": diff.count("created"),
        "changed": diff.count("changed"),
        "retired": diff.count("retired"),
        "objects": [
            {"ref": o.ref, "change": o.change, "kind": o.kind, "differences": difference_values(o.differences)}
            for o in diff.objects
        ],
    }
