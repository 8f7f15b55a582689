"""The recordings are events that we read, and tell of nobody's machine."""

import getpass
import re
import socket
from pathlib import Path

import msgspec
import pytest
from tests.clients.record import LARGEST, RECORDED, RECORDINGS, neutral

from strabo.openlineage.event import parse

FILES = sorted(RECORDED.rglob("*.jsonl"))


def test_every_recording_is_there() -> None:
    assert {str(file.relative_to(RECORDED).with_suffix("")) for file in FILES} == RECORDINGS.keys()


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_recording_is_small_and_its_events_can_be_read(file: Path) -> None:
    raw = file.read_bytes()
    assert len(raw) <= LARGEST
    lines = raw.splitlines()
    assert lines
    for line in lines:
        assert parse(line).job is not None or parse(line).dataset is not None


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_recording_tells_of_nobody(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r'/tmp/|/root/|/var/folders/|/Users/|"root"|/home/(?!ann\b)', text)
    assert str(Path(__file__).parents[2]) not in text


def test_what_is_made_neutral() -> None:
    clean = neutral("/tmp/x1", "http://127.0.0.1:9", Path("/opt/env"))
    event = {
        "at": "/tmp/x1/raw/orders.csv",
        "by": getpass.getuser(),
        "on": [socket.gethostname(), "localhost"],
        "with": "/opt/env/bin/python to http://127.0.0.1:9/api",
        "/tmp/x1/key": 1,
    }
    assert clean(event) == {
        "at": "/home/ann/shop/raw/orders.csv",
        "by": "ann",
        "on": ["build-1", "build-1"],
        "with": "/home/ann/venv/bin/python to http://127.0.0.1:5400/api",
        "/home/ann/shop/key": 1,
    }


def test_nothing_else_is_touched() -> None:
    event = msgspec.json.decode(FILES[0].read_bytes().splitlines()[0])
    assert neutral("/tmp/x1", "http://127.0.0.1:9", Path("/opt/env"))(event) == event
