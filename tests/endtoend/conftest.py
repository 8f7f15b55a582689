"""The command line in processes of its own, as people and cron run it, against real servers and files."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from click.testing import CliRunner

from strabo.cli.app import app
from strabo.testing import mariadb, postgres
from strabo.testing.mariadb import mariadb_fixture
from strabo.testing.postgres import postgres_fixture

__all__ = ["mariadb_fixture", "postgres_fixture"]


ANSWERS = frozenset({"search", "show", "lineage", "impact", "diff", "history", "runs", "export", "doctor"})


class Done(msgspec.Struct, frozen=True):
    """A command that is over."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document of its output."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """What --json says to standard error."""
        (line,) = [line for line in self.err.splitlines() if line.startswith('{"error"')]
        found: dict[str, Any] = json.loads(line)["error"]
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def program() -> tuple[str, ...]:
    """What a command line begins with: `strabo`, of this very Python."""
    return sys.executable, "-c", "from strabo.cli import main; main()"


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    """Ours, without what names databases or catalogs; plugins beside the workflow files are found."""
    ours = ("PG", "MYSQL", "STRABO", "DATABASE_URL")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return {**kept, "PYTHONPATH": str(folder), "TZ": "UTC", "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def strabo(
    folder: Path, environment: dict[str, str], program: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Done]:
    """Runs a command line in the folder, and holds it against the exit code that it should have.

    In a process of its own; what only answers a question, and is expected to, in this one, which is ten times as fast.
    """
    monkeypatch.chdir(folder)

    def process(args: tuple[str, ...], env: Mapping[str, str], more: dict[str, Any]) -> Done:
        more = {"env": {**environment, **env}, "stdin": subprocess.DEVNULL, **more}
        ended = subprocess.run([*program, *args], capture_output=True, text=True, timeout=60, check=False, **more)
        return Done(ended.returncode, ended.stdout, ended.stderr)

    def run(*args: str, code: int = 0, env: Mapping[str, str] | None = None, **more: Any) -> Done:
        command = args[2:3] if args[0] == "--catalog" else args[:1]
        if code == 0 and ANSWERS.intersection(command) and not more:
            result = CliRunner().invoke(app, list(args), prog_name="strabo")
            done = Done(result.exit_code, result.stdout, result.stderr)
        else:
            done = process(args, env or {}, more)
        assert done.code == code, (done.code, done.out[-3000:], done.err[-3000:])
        assert "Traceback" not in done.err or "--debug" in args
        return done

    return run


@pytest.fixture
def ask(strabo: Callable[..., Done]) -> Callable[..., Any]:
    """The JSON that a command line answers with."""

    def run(*args: str, **more: Any) -> Any:
        return strabo(*args, "--json", **more).json

    return run


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    """Writes a workflow file from its parts."""

    def run(file: str, **parts: Any) -> Path:
        path = folder / file
        path.write_text(yaml.safe_dump(parts, sort_keys=False, allow_unicode=True), encoding="utf-8")
        return path

    return run


@pytest.fixture
def sql(folder: Path) -> Callable[[str, str], None]:
    """Runs statements in a SQLite file of the folder."""

    def run(name: str, script: str) -> None:
        with closing(sqlite3.connect(folder / name)) as db:
            db.executescript(script)

    return run


def quoted(name: str, mark: str = '"') -> str:
    return mark + name.replace(mark, mark * 2) + mark


@pytest.fixture
def database(postgres: postgres.Server, request: pytest.FixtureRequest) -> Iterator[Callable[..., str]]:
    """Makes a database on the PostgreSQL server and runs statements in it; it is dropped after the test."""
    made: list[str] = []

    def run(name: str, *statements: str) -> str:
        if name not in made:
            postgres.run(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)", f"CREATE DATABASE {quoted(name)}")
            made.append(name)
        postgres.run(*statements, database=name)
        return name

    yield run
    for name in made:
        postgres.run(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")


@pytest.fixture
def login(postgres: postgres.Server) -> dict[str, Any]:
    """The settings of a PostgreSQL source that logs in as the owner of everything; the password is a variable's."""
    return {"host": postgres.host, "port": postgres.port, "user": postgres.user, "password": "${SHOP_PASSWORD}"}


@pytest.fixture
def secret(postgres: postgres.Server, environment: dict[str, str]) -> str:
    """The password, put where the workflow files look for it."""
    environment["SHOP_PASSWORD"] = postgres.password
    return postgres.password


@pytest.fixture
def schema(mariadb: mariadb.Server) -> Iterator[Callable[..., str]]:
    """Makes a database on the MariaDB server and runs statements in it; it is dropped after the test."""
    made: list[str] = []

    def run(name: str, *statements: str) -> str:
        if name not in made:
            mariadb.run(f"DROP DATABASE IF EXISTS {quoted(name, '`')}", f"CREATE DATABASE {quoted(name, '`')}")
            made.append(name)
        with mariadb.connect(database=name) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        return name

    yield run
    for name in made:
        mariadb.run(f"DROP DATABASE IF EXISTS {quoted(name, '`')}")
