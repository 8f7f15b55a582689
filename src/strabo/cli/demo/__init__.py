"""`strabo demo`: a small company on disk, catalogued, changed, catalogued again."""

import importlib
import shlex
import shutil
import sys
from pathlib import Path
from types import ModuleType

import click

from strabo.cli.demo import shop, workflows
from strabo.cli.session import Command
from strabo.errors import UsageError

_FOLDER = "strabo-demo"


@click.command("demo", cls=Command)
@click.option(
    "--path", type=click.Path(path_type=Path), default=_FOLDER, show_default=True, help="Folder to build it in."
)
@click.option("--force", is_flag=True, help="Build it anew if the folder is there already.")
def command(path: Path, *, force: bool) -> None:
    """Make a catalog of an example company to look around in.

    Builds a small company on disk, catalogues it, changes it, catalogues it again, and shows what Strabo says. It leaves the databases, the workflow files and the catalog behind, to play with.
    """
    warehouse = _warehouse()
    folder = path.absolute()
    _make(folder, force=force)
    _say(f"A small company in {path}: a shop (SQLite), a warehouse (DuckDB) fed from it every night, and its exports.")
    shop.build(folder / "shop.db")
    warehouse.build(folder)
    files = [str(_near(p)) for p in workflows.write(folder)]
    catalog = str(_near(folder / "strabo.db"))
    tell = _Teller(catalog)
    tell("Its workflow files are ordinary ones. The first run of each:", "ingest", *files)
    tell("What do we have about order items?", "search", "order items")
    tell("One of the tables: columns, keys, comments, who says so.", "show", "marts.fct_order_items")
    tell("Where does the board's number come from, to the column, across systems?",
         "lineage", "marts.revenue_by_month.revenue", "--upstream")  # fmt: skip
    tell("And what breaks if the shop changes a price?", "impact", "shop.db/order_items.unit_price")
    _say("\nThe next day: a column is added, a table dropped, a view rewritten, a type widened.")
    shop.change(folder / "shop.db")
    warehouse.change(folder)
    tell("The second run:", "ingest", *files[:2])
    tell("What changed since?", "diff", f"run:{len(files) + 1}")
    _say("\nNow you:\n")
    for words in (
        ("search", "tag:pii kind:table"),
        ("show", "dim_customer"),
        ("lineage", "exports/revenue_by_month.csv", "--format", "mermaid"),
        ("history", "shop.db/customers"),
        ("runs", "show", "1", "--objects"),
        ("show", "shop.db/customers", "--at", "run:1"),
    ):
        _say(f"  strabo --catalog {shlex.quote(catalog)} {shlex.join(words)}")
    _say("\n  strabo init        # look around for databases of your own")


class _Teller:
    """Runs commands of the program itself and shows what was typed."""

    def __init__(self, catalog: str) -> None:
        self._catalog = catalog

    def __call__(self, why: str, *words: str) -> None:
        shown = shlex.join(w if not w.startswith("/") else str(_near(Path(w))) for w in words)
        _say(f"\n{why}")
        _say(click.style(f"$ strabo {shown}", bold=True))
        sys.stdout.flush()
        root = click.get_current_context().find_root().command
        try:
            code = root.main(["--catalog", self._catalog, *words], prog_name="strabo", standalone_mode=False)
        except SystemExit as stop:
            code = stop.code
        if code:
            raise SystemExit(code)


def _warehouse() -> ModuleType:
    """The part that needs DuckDB, loaded only here so that `strabo demo --help` works without."""
    try:
        return importlib.import_module("strabo.cli.demo.warehouse")
    except ImportError as error:
        raise UsageError(f"the demo needs {error.name!r}", fix="pip install 'strabo[duckdb]'") from error


def _make(folder: Path, *, force: bool) -> None:
    if folder.exists() and any(folder.iterdir()):
        ours = (folder / "workflows").is_dir() and (folder / "shop.db").exists()
        if not (force and ours):
            raise UsageError(
                f"{folder} is there already",
                fix="--force builds it anew" if ours else "name another folder with --path",
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)


def _near(path: Path) -> Path:
    """The path as seen from here, when that is shorter."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def _say(text: str) -> None:
    click.echo(text)
