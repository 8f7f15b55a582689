"""The picture of the README is what the demo prints."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.pages import ROOT

PICTURE = ROOT / "docs" / "demo.svg"


@pytest.mark.skipif(sys.platform == "win32", reason="the picture is drawn from a Unix terminal")
def test_it_shows_what_the_demo_prints(tmp_path: Path) -> None:
    drawn = tmp_path / "demo.svg"
    program = [sys.executable, str(ROOT / "scripts" / "picture"), str(drawn)]
    subprocess.run(program, check=True, timeout=100, env=os.environ | {"PYTHONUTF8": "1"})
    assert drawn.read_text(encoding="utf-8") == PICTURE.read_text(encoding="utf-8"), (
        "the demo prints something else now: draw it with .venv/bin/python scripts/picture, and look at it"
    )


def test_it_fetches_nothing_and_names_no_folder() -> None:
    text = PICTURE.read_text(encoding="utf-8")
    assert "url(http" not in text
    assert "@import" not in text
    assert "/tmp" not in text
    assert "/home" not in text
