"""`strabo ingest`: workflows into the catalog."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from strabo.catalog.catalog import Catalog, default_path, open_catalog
from strabo.catalog.changes import ObjectChange
from strabo.catalog.ingesting import Plan
from strabo.cli.accounting import accounting, as_json, reasons
from strabo.cli.app import INTERRUPTED, report
from strabo.cli.changing import difference_lines, difference_values
from strabo.cli.out import emit, note, say
from strabo.cli.progress import progress
from strabo.cli.running import stoppable, told, worst
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.targets import TARGET, shown, workflow_of
from strabo.cli.text import clean, count
from strabo.errors import StraboError, UsageError
from strabo.ingest.workflow import Workflow, check_workflow

_LISTED = 200  # objects named in each list of a dry run


@click.command(
    "ingest",
    cls=Command,
    epilog="""
Examples:
  strabo ingest shop.db
  strabo ingest postgresql://reader@db.example/shop
  strabo ingest workflows/*.yaml --dry-run

Several workflows run one after the other. The exit code is that of the worst: an interruption ends all and is worse
than a bug (4), a wrong setting (2), a system that does not answer (3), failures (1).

With --json: one line for each workflow,
  {"what", "run", "feed", "status", "started_at", "ended_at", "listed", "written", "unchanged", "filtered", "skipped",
   "failed", "retired", "proposed", "notes", "records", "scopes", "lost", "problem", "fix", "exit_code", "reconciles",
   "reasons": [{"state", "reason", "part", "fix", "count", "examples"}]};
  with --dry-run also "created", "changed", "retire" and "propose": lists of what would be.
""",
)
@click.argument("what", nargs=-1, required=True, type=TARGET, metavar="WORKFLOW|URL|DATABASE…")
@click.option("--dry-run", is_flag=True, help="Show what would be created, changed and retired; keep nothing.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Stop after so many objects; nothing is retired.")
@click.option("--confirm", is_flag=True, help="Retire what is gone, however much it is.")
@click.option("--resume", is_flag=True, help="Leave out the scopes that an unfinished run before has completed.")
@click.option("--feed", metavar="NAME", help="Name the feed, instead of by its workflow.")
@pass_session
def command(
    session: Session,
    what: tuple[str, ...],
    dry_run: bool,
    limit: int | None,
    confirm: bool,
    resume: bool,
    feed: str | None,
) -> int:
    """Read what workflows name into the catalog.

    Each is a workflow file, a connection URL, or a database file. What was there and is gone from its source is
    retired, unless that is suspiciously much: then the run proposes it, and `strabo runs confirm` decides.
    """
    if feed and len(what) > 1:
        raise UsageError("--feed names one feed", fix="run the workflows one by one, or name each in its file")
    codes = []
    for text in what:
        try:
            workflow = workflow_of(text)
            check_workflow(workflow)  # before a catalog is made: a wrong setting must leave nothing behind
            if dry_run:
                codes.append(_planned(session, workflow, shown(text), feed or "", limit))
                continue
            with open_catalog(session.catalog) as catalog, stoppable():
                with progress(session, feed or workflow.name) as tell:
                    done = catalog.ingest(
                        workflow, feed=feed or "", tell=tell, limit=limit, confirm=confirm, resume=resume
                    )
                codes.append(told(session, catalog, done, shown(text)))
        except StraboError as error:
            codes.append(report(error, session))
        if codes[-1] == INTERRUPTED:
            break
    return worst(codes)


def _planned(session: Session, workflow: Workflow, what: str, feed: str, limit: int | None) -> int:
    with _catalog_to_compare(session) as catalog, progress(session, feed or workflow.name) as tell:
        plan = catalog.plan(workflow, feed=feed, tell=tell, limit=limit)
    if session.json:
        emit(_as_json(plan, what))
    else:
        say(*_lines(plan))
        note(session, *accounting(plan.report, plan.report.accounts), "a dry run: nothing was kept")
    done = plan.report
    if done.problem:
        error = StraboError(done.problem, where=done.feed, fix=done.fix or "")
        error.exit_code = done.exit_code
        report(error, session)
    return done.exit_code


@contextmanager
def _catalog_to_compare(session: Session) -> Iterator[Catalog]:
    """The catalog; an empty one for the moment where there is none yet, for a dry run makes no file."""
    if Path(session.catalog or default_path()).exists():
        with open_catalog(session.catalog, create=False) as catalog:
            yield catalog
        return
    with tempfile.TemporaryDirectory(prefix="strabo-") as folder, open_catalog(Path(folder) / "strabo.db") as catalog:
        yield catalog


def _by_change(plan: Plan, change: str) -> list[ObjectChange]:
    return [o for o in plan.diff.objects if o.change == change]


def _as_json(plan: Plan, what: str) -> dict[str, object]:
    return {
        "what": what,
        **as_json(plan.report, reasons(plan.report.accounts)),
        "created": [{"ref": o.ref, "kind": o.kind} for o in _by_change(plan, "created")],
        "changed": [
            {"ref": o.ref, "kind": o.kind, "differences": difference_values(o.differences)}
            for o in _by_change(plan, "changed")
        ],
        "retire": [{"ref": o.ref, "kind": o.kind} for o in _by_change(plan, "retired")],
        "propose": [{"ref": ref} for ref in plan.proposed],
    }


def _lines(plan: Plan) -> list[str]:
    lines: list[str] = []
    for change, title in (("created", "would create"), ("changed", "would change"), ("retired", "would retire")):
        objects = _by_change(plan, change)
        if not objects:
            continue
        lines.append(f"{title} {count(len(objects), 'object')}:")
        for item in objects[:_LISTED]:
            lines.append(f"  {clean(str(item.ref))}  {item.kind}".rstrip())
            lines += [f"    {text}" for text in difference_lines(item.differences)]
        if len(objects) > _LISTED:
            lines.append(f"  … and {len(objects) - _LISTED:,} more (--json names all)")
    if plan.proposed:
        lines.append(f"would propose to retire {count(len(plan.proposed), 'object')}, and wait for your word:")
        lines += [f"  {clean(str(ref))}" for ref in plan.proposed[:_LISTED]]
        if len(plan.proposed) > _LISTED:
            lines.append(f"  … and {len(plan.proposed) - _LISTED:,} more (--json names all)")
    return lines or ["nothing would change"]
