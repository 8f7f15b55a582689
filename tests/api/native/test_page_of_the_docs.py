"""The how-to page, followed on a real server; and the reference, which is what the routes say."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.docs.pages import ROOT, Reader, blocks

from strabo.api.native.reference import operations
from strabo.api.routes import routes
from strabo.model.records import Dataset
from strabo.model.ref import Ref

PAGE = ROOT / "docs" / "how-to" / "use-the-api.md"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a server in a process of its own."""
    program = [str(Path(sys.executable).parent / "strabo"), "--json", "--catalog", str(tmp_path / "team.db")]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("STRABO_")}
    with subprocess.Popen(
        [*program, "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environ
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()
            process.wait(20)


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_what_the_page_says_is_so(server: str, tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    staged = Dataset(ref=Ref("file", "/exports/revenue.csv"), kind="file")
    (tmp_path / "exports.jsonl").write_bytes(msgspec.json.encode(staged) + b"\n")
    ran = 0
    for block in blocks(PAGE, lambda text: text.replace("http://127.0.0.1:5400", server)):
        if block.text.startswith(("$ curl", "$ strabo --catalog team.db rebuild")):
            reader.follow(msgspec.structs.replace(block, language="console"))
            ran += 1
        elif "file" in block.options:
            reader.follow(block)
    assert ran >= 8


def test_the_reference_names_every_operation() -> None:
    page = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    shown = [r for r in routes() if r.documented]
    assert len(shown) > 30
    for route in shown:
        assert f"| `{route.method} {route.path}` |" in page
        assert f"\n## {route.group}\n" in page
    assert operations(shown).count("\n| `") == len(shown)
