"""The example connector, installed as anybody's package would be: found by name, run, and proven by its own tests."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.docs.pages import ROOT

EXAMPLE = ROOT / "docs" / "tutorial" / "example-connector"
WORKFLOW = """
name: tides
source: {type: tides, config: {folder: feeds, network: brittany}}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what an installer makes of the package: its module, and its metadata out of its pyproject.

    Made by hand, for a real build would ask an index for hatchling.
    """
    folder = tmp_path_factory.mktemp("site")
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    shutil.copy(EXAMPLE / "src" / "strabo_tides.py", folder)
    info = folder / f"strabo_tides-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
    )
    points = [
        f"[{group}]\n" + "".join(f"{n} = {v}\n" for n, v in e.items()) for group, e in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(points), encoding="utf-8")
    return folder


def run(site: Path, folder: Path, program: str, *words: str) -> str:
    """What a program of this environment says, standard error included; it must end with 0."""
    environ = os.environ | {"PYTHONPATH": str(site), "NO_COLOR": "1", "PYTHONUTF8": "1", "STRABO_CATALOG": "tides.db"}
    done = subprocess.run(
        [str(Path(sys.executable).parent / program), *words], cwd=folder, env=environ, text=True, timeout=100,
        check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def strabo(site: Path, folder: Path, *words: str) -> str:
    return run(site, folder, "strabo", *words)


def test_it_is_a_plugin_like_any_other(site: Path, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE / "feeds", tmp_path / "feeds")
    (tmp_path / "tides.yaml").write_text(WORKFLOW, encoding="utf-8")
    assert "tides" in strabo(site, tmp_path, "plugins")
    assert 'names begin with "tides://" and this' in strabo(site, tmp_path, "config", "explain", "tides")
    assert "listed 3 = 3 written" in strabo(site, tmp_path, "ingest", "tides.yaml")
    (tmp_path / "feeds" / "roscoff.ini").unlink()
    assert "1 retired" in strabo(site, tmp_path, "ingest", "tides.yaml")
    assert "tides://brittany/brest  stream" in strabo(site, tmp_path, "search", "owner:ann@harbour.example")


def test_its_own_tests_pass(site: Path) -> None:
    said = run(site, EXAMPLE, "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "tests")
    assert " passed" in said
    assert "failed" not in said


def test_it_is_short() -> None:
    """The page promises a source in under a hundred lines."""
    assert len((EXAMPLE / "src" / "strabo_tides.py").read_text(encoding="utf-8").splitlines()) < 100
