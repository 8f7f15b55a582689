"""The page on moving from Marquez says what is so: its calls are made, its events are copied between two servers."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from tests.api.marquez.conftest import Marquez, event, table

from strabo.catalog.catalog import open_catalog

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "move-from-marquez.md"
HOST = "http://127.0.0.1:5400/compat/marquez/api/v1"
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str, str]]:
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def test_the_calls_of_the_page_are_answered_as_it_says(marquez: Marquez) -> None:
    fields = [{"name": "day", "type": "DATE"}]
    body = {"type": "DB_TABLE", "physicalName": "t", "sourceName": "warehouse", "fields": fields}
    for name in ("orders", "revenue"):
        marquez("PUT", f"/namespaces/shop/datasets/{name}", body)
    made = 0
    for language, _, text in blocks():
        lines = text.splitlines()
        for command, shown in zip(lines, [*lines[1:], ""], strict=True):
            if language == "text" and command.startswith("curl"):
                answer = marquez("GET", shlex.split(command)[-1].removeprefix(HOST))
                assert re.fullmatch(re.escape(shown).replace("…", ".*"), answer.body.decode()), (command, answer.body)
                made += 1
    assert made == 4


@contextmanager
def serving(catalog: Path) -> Iterator[str]:
    """The address of a server over a catalog, while the block lasts."""
    command = [sys.executable, "-m", "strabo", "--catalog", str(catalog), "--json", "--quiet", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            assert server.stdout is not None
            yield str(json.loads(server.stdout.readline())["url"])
        finally:
            server.terminate()


def test_the_events_of_one_server_are_brought_to_another(tmp_path: Path) -> None:
    (script,) = [text for _, options, text in blocks() if "copy_events" in options]
    (tmp_path / "copy_events.py").write_text(script)
    with serving(tmp_path / "old.db") as old, serving(tmp_path / "new.db") as new:
        events = [
            event("clean", 1, "START", "2026-11-02T03:00:00Z"),
            event("clean", 1, inputs=("raw",), outputs=(table("orders", "id", made_of={"id": ("raw", "id")}),)),
            event("sum", 2, "FAIL", inputs=("orders",), outputs=("revenue",)),
        ]
        (tmp_path / "events.json").write_bytes(msgspec.json.encode(events))
        post = ["curl", "-sSf", "--json", f"@{tmp_path / 'events.json'}", f"{old}/api/v1/lineage/batch"]
        subprocess.run(post, check=True, capture_output=True)
        for _ in range(2):
            copy = [sys.executable, str(tmp_path / "copy_events.py"), f"{old}/compat/marquez", new]
            done = subprocess.run(copy, check=True, capture_output=True, text=True, timeout=60)
            assert done.stdout.startswith("3 20")
    with open_catalog(tmp_path / "old.db") as one, open_catalog(tmp_path / "new.db") as other:
        assert list(one.export()) == list(other.export())
        assert other.store.event_count() == 3
