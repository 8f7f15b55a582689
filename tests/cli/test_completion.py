"""Shell completion: the scripts, and names out of the catalog, quickly and never failing."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from strabo.cli.refs import completions

Run = Callable[..., Result]
Process = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def complete(process: Process) -> Callable[[str], list[str]]:
    """What bash is offered behind a line."""

    def ask(line: str) -> list[str]:
        words = line.split(" ")
        env = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), "_STRABO_COMPLETE": "bash_complete"}
        done = process(env=env)
        assert (done.returncode, done.stderr) == (0, "")
        return [text.partition(",")[2] for text in done.stdout.splitlines() if text]

    return ask


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_us(shell: str, run: Run) -> None:
    text = run("completion", shell).stdout
    assert f"_STRABO_COMPLETE={shell}_complete" in text


def test_another_shell_is_refused(run: Run) -> None:
    assert "'cmd' is not one of" in run("completion", "cmd", code=2).stderr


def test_bash_takes_the_script(run: Run, process: Process) -> None:
    Path("script").write_text(run("completion", "bash").stdout, encoding="utf-8")
    subprocess.run(["bash", "-n", "script"], check=True)


def test_commands_options_and_names(filled: Path, complete: Callable[[str], list[str]]) -> None:
    assert complete("strabo s") == ["search", "show", "sql", "serve", "schema"]
    assert "--format" in complete("strabo lineage --f")
    assert complete("strabo lineage --format me") == ["mermaid"]
    assert complete("strabo show ord") == ["orders"]
    assert complete("strabo diff --within cust") == ["customer"]
    assert complete("strabo config explain sqlit") == ["sqlite"]


def test_without_a_catalog_nothing_is_offered_and_none_is_made(
    folder: Path, complete: Callable[[str], list[str]]
) -> None:
    assert complete("strabo show o") == []
    assert complete("strabo --catalog nope.db show o") == []
    assert not Path("strabo.db").exists()
    Path("strabo.db").write_text("no catalog at all, but a text", encoding="utf-8")
    assert complete("strabo show o") == []


def test_whole_names(filled: Path) -> None:
    namespace = f"sqlite://{filled}/shop.db"
    assert completions("sqlite://") == [(namespace + "/", "")]
    assert (f"{namespace}/orders", "table") in completions(f"{namespace}/ord")
    assert completions("nothing-like-it") == []


def test_quick(filled: Path) -> None:
    start = time.monotonic()
    completions("ord")
    assert time.monotonic() - start < 0.5
