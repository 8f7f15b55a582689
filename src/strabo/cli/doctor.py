"""`strabo doctor`: the catalog and this installation."""

import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from strabo import __version__
from strabo.catalog.catalog import default_path, open_catalog
from strabo.cli.out import emit, note, say
from strabo.cli.plugins import examined
from strabo.cli.session import Command, Session, pass_session
from strabo.cli.test import capability_lines
from strabo.cli.text import count
from strabo.errors import StraboError
from strabo.ingest.contracts import Capability


@click.command(
    "doctor",
    cls=Command,
    epilog="""
Exit code 1 when anything needs somebody.

With --json: {"ok", "findings": [{"name", "ok", "detail", "fix"}]}
""",
)
@pass_session
def command(session: Session) -> int:
    """Check the catalog and this installation."""
    found = [*_installation(), *_catalog(session.catalog or default_path())]
    ok = all(c.ok for c in found)
    if session.json:
        emit({"ok": ok, "findings": found})
        return int(not ok)
    say(*capability_lines(session, found))
    note(session, "", "all is well" if ok else f"{count(sum(not c.ok for c in found), 'finding')}")
    return int(not ok)


def _installation() -> Iterator[Capability]:
    python = f"Python {platform.python_version()} on {platform.system()}"
    yield Capability(name="strabo", ok=True, detail=f"{__version__}, {python}, {sys.executable}")
    plugins = examined()
    lacking = [p for p in plugins if not p.loads]
    detail = f"{len(plugins) - len(lacking)} of {len(plugins)} load"
    if lacking:  # an extra that is not installed is nobody's fault
        detail += "; not: " + ", ".join(f"{p.name} ({p.fix})" for p in lacking)
    yield Capability(name="plugins", ok=True, detail=detail)


def _catalog(path: str) -> Iterator[Capability]:
    if not Path(path).exists():
        fix = "`strabo init`, or `strabo ingest`, or name another with --catalog"
        yield Capability(name="catalog", ok=False, detail=f"there is none at {path}", fix=fix)
        return
    try:
        with open_catalog(path, create=False) as catalog:
            yield Capability(name="catalog", ok=True, detail=str(Path(path).absolute()))
            yield from catalog.doctor()
    except StraboError as error:
        yield Capability(name="catalog", ok=False, detail=error.what, fix=error.fix)
