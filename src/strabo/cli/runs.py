"""`strabo runs`: what was run, and what became of every object."""

from itertools import islice

import click

from strabo.catalog.actor import here
from strabo.catalog.catalog import open_catalog
from strabo.cli.accounting import accounting, as_json, duration, reasons
from strabo.cli.out import emit, note, say
from strabo.cli.session import Group, Session, pass_session
from strabo.cli.table import table
from strabo.cli.text import clean, count, line, moment, seconds

STATES = ("written", "unchanged", "filtered", "skipped", "failed", "retired", "proposed")


@click.group(
    "runs",
    cls=Group,
    invoke_without_command=True,
    epilog="""
With --json: {"runs": [RUN, …]}, each RUN as `strabo ingest` prints it, without "reasons".
""",
)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="Show so many.")
@click.option("--feed", metavar="NAME", help="Only runs of this feed.")
@click.pass_context
def command(ctx: click.Context, limit: int, feed: str | None) -> None:
    """List the runs, show one, confirm what one proposed."""
    session = ctx.ensure_object(Session)
    if ctx.invoked_subcommand is not None:
        return
    with open_catalog(session.catalog, create=False) as catalog:
        found = catalog.runs(limit, feed=feed)
    if session.json:
        emit({"runs": [{k: v for k, v in as_json(r).items() if k != "reasons"} for r in found]})
        return
    if not found:
        note(session, "no runs yet")
        return
    head = ("run", "feed", "status", "started", "took", "listed", "written", "left out", "retired")
    narrow = session.width is not None and session.width < 90
    rows = [
        (
            str(r.run),
            r.feed,
            r.status,
            moment(r.started_at)[:16],
            seconds(duration(r)) if r.ended_at and not narrow else "",
            f"{r.listed:,}",
            f"{r.written:,}",
            f"{r.filtered + r.skipped + r.failed:,}",
            f"{r.retired:,}",
        )
        for r in found
    ]
    numbers = ("run", "took", "listed", "written", "left out", "retired")
    say(*table(head, rows, most=session.width, right=numbers))


@command.command(
    "show",
    epilog="""
With --json: the run as `strabo ingest` prints it, "reasons" included;
  with --objects: also "objects": [{"ref", "state", "reason", "part", "fix"}]
""",
)
@click.argument("run", type=click.IntRange(1), metavar="N")
@click.option("--objects", is_flag=True, help="Also every object, and how it ended.")
@click.option(
    "--state", type=click.Choice(STATES), multiple=True, help="Only objects that ended so; implies --objects."
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many objects.")
@pass_session
def show(session: Session, run: int, objects: bool, state: tuple[str, ...], limit: int | None) -> None:
    """Show one run: its totals, what it left out and why."""
    with open_catalog(session.catalog, create=False) as catalog:
        found = catalog.run(run)
        wanted = (o for o in catalog.objects(run) if not state or o.state in state)
        several = islice(wanted, limit) if objects or state else None
        if session.json:
            told = as_json(found, reasons(catalog.accounts(run)))
            if several is not None:
                told["objects"] = [
                    {"ref": o.ref, "state": o.state, "reason": o.reason, "part": o.part, "fix": o.fix} for o in several
                ]
            emit(told)
            return
        say(*accounting(found, catalog.accounts(run))[: -1 if found.run else None])
        say(f"  started {moment(found.started_at)}" + (f", ended {moment(found.ended_at)}" if found.ended_at else ""))
        if found.problem:
            say(f"  problem: {clean(found.problem, lines=True)}")
            if found.fix:
                say(f"  try: {line(found.fix)}")
        for item in several or ():
            part = f" ({clean(item.part)})" if item.part else ""
            why = f"  {line(item.reason)}" if item.reason else ""
            say(f"{item.state:<10}{clean(str(item.ref))}{part}{why}")


@command.command("confirm", epilog='With --json: {"run", "retired"}')
@click.argument("run", type=click.IntRange(1), metavar="N")
@pass_session
def confirm(session: Session, run: int) -> None:
    """Retire what a run proposed."""
    with open_catalog(session.catalog, create=False) as catalog:
        retired = catalog.confirm(run, actor=here())
    if session.json:
        emit({"run": run, "retired": retired})
    else:
        say(f"retired {count(retired, 'object')}; their history stays")
