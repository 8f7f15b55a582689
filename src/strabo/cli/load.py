"""`strabo load`: files of records into the catalog."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from strabo.catalog.catalog import open_catalog
from strabo.cli.app import INTERRUPTED, report
from strabo.cli.progress import progress
from strabo.cli.running import stoppable, told, worst
from strabo.cli.session import Command, Session, pass_session
from strabo.errors import StraboError
from strabo.ingest.artifact import peek

_PACKED = {b"\x28\xb5\x2f\xfd": ".zst", b"\x1f\x8b": ".gz"}


@click.command(
    "load",
    cls=Command,
    epilog="""
A file named - is standard input, packed or not.

Examples:
  strabo load crm.jsonl.zst
  strabo export | strabo --catalog copy.db load - --feed copy

With --json: one line for each file, as `strabo ingest` prints it.
""",
)
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, allow_dash=True), metavar="FILE…")
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
            with _readable(file) as path:
                peek(path)  # before a catalog is made
                with open_catalog(session.catalog) as catalog, stoppable():
                    with progress(session, feed or file) as tell:
                        done = catalog.load(path, feed=feed or "", tell=tell, confirm=confirm)
                    codes.append(told(session, catalog, done, file))
        except StraboError as error:
            codes.append(report(error, session))
        if codes[-1] == INTERRUPTED:
            break
    return worst(codes)


@contextmanager
def _readable(file: str) -> Iterator[str]:
    """The path of a file that can be read twice: once to see that it is whole, once to load it. A pipe cannot."""
    if file != "-" and not Path(file).is_fifo() and not file.startswith("/dev/"):
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="strabo-") as folder:
        path = Path(folder) / "stdin"
        with path.open("wb") as copy:
            if file == "-":
                shutil.copyfileobj(sys.stdin.buffer, copy)
            else:
                with Path(file).open("rb") as pipe:
                    shutil.copyfileobj(pipe, copy)
        with path.open("rb") as copied:
            start = copied.read(4)
        suffix = next((suffix for magic, suffix in _PACKED.items() if start.startswith(magic)), ".jsonl")
        yield str(path.rename(path.with_suffix(suffix)))
