"""A folder with a database in it, and the command line to use there."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from strabo.catalog.actor import here
from strabo.cli.app import app

SHOP = """
create table customer (id integer primary key, email text not null, country text default 'NL');
create table orders (
    id integer primary key, customer_id int references customer, amount real, unique (customer_id, id)
);
create table "order ""line"" 日本.語" (a int);
create index by_customer on orders (customer_id) where amount > 0;
create view revenue as select c.country, sum(o.amount) as total
    from orders o join customer c on c.id = o.customer_id group by c.country;
create view best as select country from revenue where total > 100;
analyze;
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, the current one, with no variable that names a database."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("PG", "MYSQL", "STRABO", "DATABASE_URL", "NO_COLOR")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TZ", "UTC")
    return tmp_path


@pytest.fixture
def sql() -> Callable[..., None]:
    """Runs statements in a database file."""

    def run(path: Path, text: str) -> None:
        with closing(sqlite3.connect(path)) as db:
            db.executescript(text)

    return run


@pytest.fixture
def shop(folder: Path, sql: Callable[..., None]) -> Path:
    """A database file in the current folder."""
    path = folder / "shop.db"
    sql(path, SHOP)
    return path


Run = Callable[..., Result]


@pytest.fixture
def run(folder: Path) -> Run:
    """Runs a command line in this process and holds it against the exit code it should have."""

    def invoke(*args: str, code: int = 0, input: bytes | None = None) -> Result:  # noqa: A002
        result = CliRunner().invoke(app, list(args), prog_name="strabo", input=input)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output or "--debug" in args
        return result

    return invoke


@pytest.fixture
def ask(run: Run) -> Callable[..., Any]:
    """The one JSON document that a command line answers with."""

    def invoke(*args: str, code: int = 0) -> Any:
        result = run(*args, "--json", code=code)
        assert result.stdout.endswith("\n")
        assert result.stdout.count("\n") == 1
        return json.loads(result.stdout)

    return invoke


@pytest.fixture
def filled(shop: Path, run: Run) -> Path:
    """The folder of a catalog that has the shop in it."""
    run("ingest", "shop.db", "--quiet")
    return shop.parent


@pytest.fixture
def process(folder: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Runs a command line in a process of its own."""

    def start(*args: str, env: dict[str, str] | None = None, **more: Any) -> "subprocess.CompletedProcess[str]":
        line = [sys.executable, "-c", "from strabo.cli import main; main()", *args]
        more.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run(
            line, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **(env or {})}, **more
        )

    return start


@pytest.fixture
def golden(update_golden: bool, folder: Path) -> Callable[[str, str], None]:
    """Compares a text with a file in golden/, what differs from run to run and machine to machine replaced."""

    def compare(name: str, text: str) -> None:
        text = text.replace(str(folder), "/shop")
        text = text.replace(here(), "ACTOR")
        text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", "TIME", text)
        path = Path(__file__).parent / "golden" / name
        if update_golden:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), "the golden file differs; --update-golden rewrites it"

    return compare
