"""`strabo load`: files of records into the catalog."""

import click

from strabo.catalog.catalog import open_catalog
from strabo.cli.app import INTERRUPTED, report
from strabo.cli.progress import progress
from strabo.cli.running import stoppable, told, worst
from strabo.cli.session import Command, Session, pass_session
from strabo.errors import StraboError
from strabo.ingest.artifact import peek


@click.command(
    "load",
    cls=Command,
    epilog="""
Examples:
  strabo load crm.jsonl.zst
  strabo export | strabo --catalog copy.db load /dev/stdin --feed copy

With --json: one line for each file, as `strabo ingest` prints it.
""",
)
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False), metavar="FILE…")
@click.option("--feed", metavar="NAME", help="Name the feed, instead of by the file.")
@click.option("--confirm", is_flag=True, help="Retire what is gone, however much it is.")
@pass_session
def command(session: Session, files: tuple[str, ...], feed: str | None, confirm: bool) -> int:
    """Load files of records: staged, exported or written by a script.

    A damaged file is refused before anything of it is written. The exit code is that of the worst file.
    """
    codes = []
    for file in files:
        try:
            peek(file)  # before a catalog is made
            with open_catalog(session.catalog) as catalog, stoppable():
                with progress(session, feed or file) as tell:
                    done = catalog.load(file, feed=feed or "", tell=tell, confirm=confirm)
                codes.append(told(session, catalog, done, file))
        except StraboError as error:
            codes.append(report(error, session))
        if codes[-1] == INTERRUPTED:
            break
    return worst(codes)
