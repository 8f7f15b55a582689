"""`strabo init`: workflow files for the databases found here."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from strabo.cli.config import settings
from strabo.cli.out import emit, note, say
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.surroundings import asked, found_here
from strabo.cli.template import Find, template
from strabo.cli.text import clean
from strabo.errors import UsageError


@click.command(
    "init",
    cls=Command,
    epilog="""
Looks for SQLite and DuckDB files in this folder and the folders in it, and for the variables DATABASE_URL, PGHOST,
PGDATABASE, PGSERVICE and MYSQL_HOST. A file holds ${VARIABLE} in place of every password.

Examples:
  strabo init
  strabo init --source postgres

With --json: {"written": [PATH, …], "kept": [PATH, …], "next": COMMAND}
""",
)
@click.option("--source", metavar="TYPE", help="Write one for this source instead of what is found.")
@click.option(
    "--into", type=click.Path(file_okay=False), metavar="FOLDER", help="Without: ./workflows if it is there, else here."
)
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@pass_session
def command(session: Session, source: str | None, into: str | None, force: bool) -> None:
    """Write workflow files for the databases found here."""
    finds = [asked(source, os.environ)] if source else list(found_here(Path(), os.environ, session.catalog))
    if not finds:
        raise UsageError(
            "there is no database here, and no variable that names one",
            where=str(Path().absolute()),
            fix="`strabo init --source postgres` (or mysql, sqlite, …) writes a file to fill in; "
            "`strabo ingest URL` needs none; `strabo demo` makes something to look at",
        )
    folder = Path(into) if into else Path("workflows") if len(finds) > 1 or Path("workflows").is_dir() else Path()
    written: list[tuple[Path, Find]] = []
    kept: list[tuple[Path, Find]] = []
    for path, find in _placed(folder, finds):
        text = template(find, settings(find.type), str(path))
        (written if _write(path, text, force=force) else kept).append((path, find))
    if not written:
        raise UsageError(
            f"nothing was written: {', '.join(str(path) for path, _ in kept)} is there already",
            fix=f"--force overwrites it; to use it: strabo ingest {_words(p for p, _ in kept)}",
        )
    following = f"strabo ingest {_words(path for path, _ in written)}"
    if session.json:
        told = {"written": [str(p) for p, _ in written], "kept": [str(p) for p, _ in kept], "next": following}
        emit(told)
        return
    for path, find in written:
        say(f"wrote {clean(str(path))}  for {clean(find.why)}")
    for path, _ in kept:
        note(session, f"kept {clean(str(path))}, which was there already (--force overwrites it)")
    say("", "next:", f"  strabo test {_words([written[0][0]])}", f"  {following}")


def _placed(folder: Path, finds: list[Find]) -> Iterator[tuple[Path, Find]]:
    """Each find with a file of its own."""
    taken: set[str] = set()
    for find in finds:
        name = find.name
        for number in range(2, len(finds) + 2):
            if name.casefold() not in taken:
                break
            name = f"{find.name}-{find.type}" if number == 2 else f"{find.name}-{number}"
        taken.add(name.casefold())
        yield folder / f"{name}.yaml", msgspec.structs.replace(find, name=name)


def _write(path: Path, text: str, *, force: bool) -> bool:
    """Whether it was written: a file that is there stays, unless `force`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    except OSError as error:
        raise UsageError(
            f"cannot write: {error.strerror}", where=str(path), fix="choose a folder with --into"
        ) from error
    return True


def _words(paths: Iterator[Path] | list[Path]) -> str:
    return " ".join(shlex.quote(clean(str(path))) for path in paths)
