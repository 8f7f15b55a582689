"""The root: help and version without loading anything, exit codes, errors in words and in JSON."""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
from click.testing import Result

from strabo import __version__
from strabo.cli.app import app
from strabo.cli.commands import ENTRIES
from strabo.cli.session import Command, Group
from strabo.errors import Unavailable

Run = Callable[..., Result]
Process = Callable[..., "subprocess.CompletedProcess[str]"]

HEAVY = ("rich", "msgspec", "sqlite3", "sqlglot", "yaml", "strabo.catalog", "strabo.ingest", "importlib.metadata")
WRITTEN = [name for name in ENTRIES if name != "demo"]


@pytest.mark.parametrize("name", WRITTEN)
def test_the_table_says_what_the_command_says(name: str) -> None:
    command = import_module(f"strabo.cli.{name}").command
    assert isinstance(command, Command | Group)
    assert command.name == name
    assert command.get_short_help_str(1000).removesuffix(".") == ENTRIES[name].help


def test_every_command_is_in_help(run: Run) -> None:
    text = run("--help").stdout
    for entry in ENTRIES.values():
        assert f"  {entry.name} " in text
        assert entry.help in text
    assert "130  interrupted" in text
    assert run("-h").stdout == text
    assert run().stdout == text


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["-h"]])
def test_help_and_version_load_nothing_heavy(args: list[str]) -> None:
    code = (
        "import sys\nfrom strabo.cli import main\n"
        f"sys.argv = ['strabo', *{args!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(*[m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.split() == []
    assert done.stdout


@pytest.mark.parametrize("name", WRITTEN)
def test_help_of_a_command_names_json(name: str, run: Run) -> None:
    text = run(name, "-h").stdout
    assert text.startswith(f"Usage: strabo {name}")
    assert "--json" in text
    assert run(name, "--help").stdout == text


def test_version(run: Run, process: Process) -> None:
    assert run("--version").stdout == f"strabo {__version__}\n"
    assert process("--version").stdout == f"strabo {__version__}\n"


def test_a_wrong_command_gets_a_guess(run: Run) -> None:
    result = run("serch", "x", code=2)
    assert result.stdout == ""
    assert result.stderr == "error: there is no command 'serch'; did you mean 'search'?\n  try: `strabo --help`\n"


def test_a_wrong_option_is_a_usage_error(run: Run) -> None:
    result = run("search", "--limmit", "3", "x", code=2)
    assert result.stderr.startswith("error: no such option '--limmit'")
    assert "try: `strabo search --help`" in result.stderr


def test_errors_are_json_when_answers_are(run: Run) -> None:
    for line in (["--json", "show", "x"], ["show", "x", "--json"]):
        told = json.loads(run(*line, code=2).stderr)
        assert set(told) == {"error"}
        assert set(told["error"]) == {"what", "where", "fix", "exit_code"}
        assert told["error"]["exit_code"] == 2
    assert json.loads(run("search", "--json", "--no", code=2).stderr)["error"]["what"].startswith("no such option")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Makes `strabo plugins` raise."""
    from strabo.cli import plugins

    def put(error: BaseException) -> None:
        def fail() -> None:
            raise error

        monkeypatch.setattr(plugins, "examined", fail)

    return put


def test_a_bug_is_one_line_and_exit_4(run: Run, broken: Callable[[BaseException], None]) -> None:
    broken(ZeroDivisionError("one\x1b[31m\ntwo"))
    result = run("plugins", code=4)
    assert result.stderr.splitlines()[0] == r"error: ZeroDivisionError: one\x1b[31m (a bug, in Strabo or in a plugin)"
    assert "--debug" in result.stderr
    assert "Traceback (most recent call last)" in run("plugins", "--debug", code=4).stderr
    assert "Traceback (most recent call last)" in run("--debug", "plugins", code=4).stderr


def test_an_error_has_its_own_exit_code(run: Run, broken: Callable[[BaseException], None]) -> None:
    broken(Unavailable("no answer", where="db:1", fix="wait"))
    assert run("plugins", code=3).stderr == "error: no answer\n  at: db:1\n  try: wait\n"
    assert "Traceback" in run("plugins", "--debug", code=3).stderr


def test_ctrl_c_is_130(run: Run, broken: Callable[[BaseException], None]) -> None:
    broken(KeyboardInterrupt())
    assert "interrupted" in run("plugins", code=130).stderr


def test_a_reader_that_leaves_is_no_error(filled: Path, process: Process) -> None:
    line = f"{sys.executable} -c 'from strabo.cli import main; main()' schema workflow"
    shell = subprocess.run(
        ["bash", "-c", f"set -o pipefail; for i in 1 2 3; do {line} | true; echo $?; done"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shell.stderr == ""
    assert set(shell.stdout.split()) <= {"0", "141"}


def test_an_encoding_without_the_letter_does_not_end_a_command(filled: Path, process: Process) -> None:
    done = process("search", "kind:table", env={"PYTHONIOENCODING": "latin-1"})
    assert done.returncode == 0, done.stderr
    assert r"\u65e5" in done.stdout


def test_the_slot_of_the_demo_is_lazy() -> None:
    assert "demo" in ENTRIES
    if find_spec("strabo.cli.demo") is not None:
        context = click.Context(app)
        assert isinstance(app.get_command(context, "demo"), click.Command)


def test_color_only_for_a_terminal(filled: Path, run: Run) -> None:
    assert "\x1b" not in run("search", "orders").output
