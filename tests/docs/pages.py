"""The pages of the docs as programs: their blocks are written to files, run and compared, from top to bottom.

    ```yaml file=shop.yaml      is written to that file; a workflow is checked as well, whether it has a file or not
    ```console                  `$ command`, and what it prints; `exit=1` when the last one ends so
    ```python                   is run; all of a page share their names
    ```sql                      is run by the server of the page, if it has one
    ```sh, ```text, ```json     are for reading (a test of their own looks after those that matter)

Output is compared line by line, but for times, durations, widths of columns and the folder's path. `…` stands for
anything in a line; a line `...` for any lines. A command without output shown may print what it likes.
"""

import contextlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from strabo.ingest.workflow import check_workflow, load_workflow

ROOT = Path(__file__).resolve().parents[2]
HOME = "/home/you"
"""How a page calls the folder that it is read in."""

_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_DURATION = re.compile(r"\b\d+(\.\d+)? s\b")
_AGE = re.compile(r"\((?:just now|[\d,]+ \w+ ago)\)")
_OURS = re.compile(r"(PG|MYSQL_|STRABO_|DATABASE_URL)")


class Block(msgspec.Struct, frozen=True):
    page: str
    line: int
    language: str
    options: dict[str, str]
    text: str

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """All pages, the README first."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path, change: Callable[[str], str] = str) -> Iterator[Block]:
    """The fenced blocks of a page, its text changed before."""
    text = change(page.read_text(encoding="utf-8"))
    for found in _FENCE.finditer(text):
        options = dict(word.partition("=")[::2] for word in found[2].split())
        yield Block(str(page.relative_to(ROOT)), text.count("\n", 0, found.start()) + 1, found[1], options, found[3])


class Reader:
    """Somebody who does what a page says, in a folder of their own."""

    def __init__(self, folder: Path, sql: Callable[[str, dict[str, str]], None] | None = None) -> None:
        self.folder, self._sql = folder, sql
        self.names: dict[str, object] = {"__name__": "page"}
        kept = {name: value for name, value in os.environ.items() if not _OURS.match(name)}
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        self.environ = kept | {"PATH": programs, "HOME": str(folder), "TZ": "UTC", "NO_COLOR": "1", "PYTHONUTF8": "1"}

    def follow(self, block: Block) -> None:
        """Does what one block says; fails the test where it is not so."""
        if "file" in block.options:
            file = self.folder / block.options["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        if block.language in {"yaml", "toml"}:
            self._check(block)
        elif block.language == "console":
            self._commands(block)
        elif block.language == "python" and "file" not in block.options:
            with self._here():
                exec(compile(block.text, block.where, "exec"), self.names)
        elif block.language == "sql" and "file" not in block.options:
            assert self._sql is not None, f"{block.where}: this page has no server to run SQL on"
            self._sql(block.text, block.options)

    def _check(self, block: Block) -> None:
        """A workflow must load, and its settings be right."""
        if not re.search(r"^\[?source\b", block.text, re.MULTILINE):
            return
        file = self.folder / block.options.get("file", f"checked-{block.line}.{block.language}")
        file.write_text(block.text, encoding="utf-8")
        named = dict.fromkeys(re.findall(r"\$\{(\w+)\}", block.text), "x")
        with self._here(named):
            check_workflow(load_workflow(file))
        if "file" not in block.options:
            file.unlink()

    def _commands(self, block: Block) -> None:
        said: list[tuple[str, list[str]]] = []
        for line in block.text.splitlines():
            if line.startswith("$ "):
                said.append((line[2:], []))
            elif line.startswith("> ") and said and not said[-1][1]:
                said[-1] = (f"{said[-1][0]}\n{line[2:]}", [])
            else:
                assert said, f"{block.where}: a console block begins with a command"
                said[-1][1].append(line)
        for at, (command, shown) in enumerate(said):
            wanted = int(block.options.get("exit", 0)) if at == len(said) - 1 else 0
            self.run(command, shown, wanted, where=block.where)

    def run(self, command: str, shown: Sequence[str] = (), wanted: int = 0, where: str = "") -> None:
        """Types one command; what it prints must fit what is shown, and its exit code be the one wanted."""
        if command.startswith("export "):
            self.environ |= dict(word.partition("=")[::2] for word in shlex.split(command)[1:])
            return
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.environ, text=True, timeout=60, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        printed = done.stdout.replace(str(self.folder), HOME).splitlines()
        assert done.returncode == wanted, f"{where}: {command}\nexit code {done.returncode}:\n{done.stdout}"
        assert not shown or _fits(shown, printed), f"{where}: {command}\nprints:\n" + "\n".join(printed)

    @contextlib.contextmanager
    def _here(self, more: dict[str, str] | None = None) -> Iterator[None]:
        """Puts this process into the reader's folder, with the reader's variables and modules."""
        environ, modules = dict(os.environ), set(sys.modules)
        with contextlib.chdir(self.folder):
            os.environ.update((more or {}) | self.environ)
            sys.path.insert(0, str(self.folder))
            try:
                yield
            finally:
                os.environ.clear()
                os.environ.update(environ)
                sys.path.remove(str(self.folder))
                for name in sys.modules.keys() - modules:
                    if str(getattr(sys.modules[name], "__file__", "")).startswith(str(self.folder)):
                        del sys.modules[name]


def _fits(shown: Sequence[str], printed: list[str]) -> bool:
    """Whether what was printed is what the page shows."""
    pattern = ""
    for line in _plain(shown):
        pattern += r"(?:[^\n]*\n)*?" if line in {"...", "…"} else re.escape(line).replace("…", "[^\n]*") + "\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _plain(printed))) is not None


def _plain(lines: Sequence[str]) -> list[str]:
    """The lines without what differs from run to run, and without empty ones."""
    told = [" ".join(_AGE.sub("(AGE)", _DURATION.sub("N s", _TIME.sub("TIME", line))).split()) for line in lines]
    return [line for line in told if line]
