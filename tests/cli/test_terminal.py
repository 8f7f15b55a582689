"""On a real terminal: colours where they are wanted, tables no wider than it, progress that leaves nothing behind."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from strabo.cli.text import width

Type = Callable[..., str]


@pytest.fixture
def typed(folder: Path) -> Type:
    """What a terminal of 60 columns is sent by a command line."""

    def run(*args: str, **variables: str) -> str:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
        line = [sys.executable, "-c", "from strabo.cli import main; main()", *args]
        env = {**os.environ, "TERM": "xterm-256color", **variables}
        env.pop("COLUMNS", None)
        sent = b""
        with subprocess.Popen(line, stdin=theirs, stdout=theirs, stderr=theirs, env=env):
            os.close(theirs)
            while True:
                try:
                    piece = os.read(ours, 65536)
                except OSError:  # how Linux says that the other side is closed
                    break
                if not piece:
                    break
                sent += piece
        os.close(ours)
        return sent.decode()

    return run


def test_colours_where_they_are_wanted(filled: Path, typed: Type) -> None:
    assert "\x1b[1m" in typed("search", "orders")
    assert "\x1b[31m" in typed("serch")
    for plain in (
        typed("--no-color", "search", "orders"),
        typed("search", "orders", "--no-color"),
        typed("search", "orders", NO_COLOR="1"),
        typed("serch", NO_COLOR="1"),
        typed("search", "orders", "--json"),
    ):
        assert "\x1b" not in plain


def test_tables_are_as_wide_as_the_terminal(filled: Path, typed: Type) -> None:
    lines = typed("impact", "orders", "--no-color").splitlines()
    assert len(lines) > 2
    assert all(width(text) <= 60 for text in lines)
    assert "…" in lines[1]
    assert all(width(text) <= 80 for text in typed("runs").splitlines())


def test_progress_is_drawn_and_wiped(shop: Path, typed: Type) -> None:
    drawn = typed("ingest", "shop.db")
    assert "\x1b[?25h" in drawn  # the cursor is back
    assert "shop: succeeded" in drawn
    for silent in (typed("ingest", "shop.db", TERM="dumb"), typed("ingest", "shop.db", "--quiet")):
        assert "\x1b" not in silent
