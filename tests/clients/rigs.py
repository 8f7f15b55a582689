"""A client in an environment of its own, set up by its page of the docs and nothing else."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
from tests.docs.pages import HOME, ROOT, Reader, blocks
from tests.docs.pages import _fits as fits

SERVER = "http://127.0.0.1:5400"
"""Where the pages say that Strabo answers."""

TOKEN = "the-token"
"""What stands on the pages for a token."""

PROJECTS = Path(__file__).parent / "projects"
_UNREACHABLE = 3  # what scripts/clients ends with when nobody answers


def environment(client: str) -> Path:
    """The folder of a client's environment, made by `scripts/clients` when it is not there.

    Skips the test when the package index, Maven or Java is not there to be had; any other trouble fails it.
    """
    if client == "spark" and shutil.which("java") is None:
        pytest.skip("not run: Spark needs Java, and there is none here")
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "clients"), client], text=True, capture_output=True, check=False
    )
    if done.returncode == _UNREACHABLE:
        pytest.skip(f"not run: {done.stderr.strip()[:500]}")
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


class Rig(Reader):
    """Somebody who has a client and its project, reads a page of the docs, and does what it says.

    `folder` is where they work; what `PROJECTS` has for the client is put there before. With a token, they also do what
    the page says of tokens.
    """

    patience = 300.0  # seconds for one command: Airflow takes half a minute where nothing else runs

    def __init__(self, client: str, folder: Path, url: str, token: str | None = None) -> None:
        super().__init__(folder)
        self.client, self.token = client, token
        self.home = environment(client)
        folder.mkdir(parents=True, exist_ok=True)
        if (PROJECTS / client).is_dir():
            shutil.copytree(PROJECTS / client, folder, dirs_exist_ok=True)
        if client == "spark":
            _orders(folder / "raw" / "orders.parquet")
        page = ROOT / "docs" / "how-to" / f"push-from-{client}.md"
        self.blocks = list(blocks(page, lambda text: self._local(text.replace(SERVER, url))))
        own = {name: value for name, value in self.environ.items() if not name.startswith(("OPENLINEAGE", "AIRFLOW"))}
        programs = [str(self.home / "bin"), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
        self.environ = own | {"PATH": os.pathsep.join(programs), **ENVIRONS.get(client, {})}
        if client == "airflow":
            self.environ["AIRFLOW_HOME"] = str(folder)

    def _local(self, text: str) -> str:
        """The page with the listener that was fetched before in place of the one that Spark would fetch each time."""
        for jar in (self.home / "jars").glob("*.jar"):
            name, _, version = jar.stem.rpartition("-")
            wanted = f"io.openlineage:{name}:{version}"
            assert wanted in text, f"the page does not name the listener that is tested, {wanted}"
            text = text.replace(f"spark.jars.packages  {wanted}", f"spark.jars {jar}")
        return text

    def set_up(self) -> None:
        """Writes the files of the page, and tells the client the token."""
        for block in self.blocks:
            if "file" in block.options:
                self.follow(block)
        if self.token is not None:
            self._tell(self.token)

    def _tell(self, token: str) -> None:
        """Does what the page says to do with a token."""
        said = [block.text for block in self.blocks if block.language == "text" and TOKEN in block.text]
        assert len(said) == 1, "a page says once where the token belongs"
        for line in said[0].replace(TOKEN, token).splitlines():
            if line.startswith("export "):
                self.run(line)
            elif self.client == "spark":
                with (self.folder / "spark-defaults.conf").open("a", encoding="utf-8") as file:
                    file.write(f"{line}\n")

    def do(self, command: str, wanted: int = 0) -> str:
        """What one command prints; fails the test when it ends otherwise than it should."""
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.environ, text=True, timeout=self.patience, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == wanted, f"{command}\nexit code {done.returncode}:\n{done.stdout[-4000:]}"
        return done.stdout

    def run(self, command: str, shown: Sequence[str] = (), wanted: int = 0, where: str = "") -> None:
        """Types one command of the page, as `Reader` does, with more time for it."""
        if command.startswith("export "):
            super().run(command)
            return
        printed = self.do(command, wanted).replace(str(self.folder), HOME).splitlines()
        assert not shown or fits(shown, printed), f"{where}: {command}\nprints:\n" + "\n".join(printed)

    def follow_page(self) -> None:
        """Does all that the page says, from top to bottom, once it is set up."""
        for block in self.blocks:
            if "file" not in block.options:  # they are there since `set_up`
                self.follow(block)

    def commands(self) -> list[str]:
        """What the page says to type, in its order."""
        return [
            line[2:]
            for block in self.blocks
            if block.language == "console"
            for line in block.text.splitlines()
            if line.startswith("$ ")
        ]


def _orders(file: Path) -> None:
    """Three orders as Parquet."""
    with duckdb.connect() as db:
        db.execute(
            "CREATE TABLE orders AS SELECT * FROM (VALUES (10, 1, 19.9::DOUBLE), (11, 1, 5.0), (12, 3, 120.5))"
            " t(id, customer_id, amount)"
        )
        db.table("orders").write_parquet(str(file))


ENVIRONS = {
    "airflow": {"AIRFLOW__CORE__LOAD_EXAMPLES": "False"},
    "spark": {"SPARK_LOCAL_IP": "127.0.0.1"},
}
