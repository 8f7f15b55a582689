"""The page on moving from WhereHows says what is so: its calls are made, its answers come."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

from strabo.api.wherehows.routes import ROUTES
from strabo.testing.asker import Asker

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "move-from-wherehows.md"
HOST = "http://127.0.0.1:5400"
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_calls_of_the_page_are_answered_as_it_says(make: Callable[..., Asker]) -> None:
    api = make(ROUTES)
    files: dict[str, str] = {}
    made = 0
    for language, options, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if language == "json":
            files[options.strip().removeprefix("file=")] = text
        lines = text.splitlines()
        for command, shown in zip(lines, [*lines[1:], ""], strict=True):
            if language == "text" and command.startswith("curl") and command.split()[-1].strip("'").startswith(HOST):
                made += 1
                assert_answered(api, shlex.split(command), shown, files)
    assert made >= 9


def assert_answered(api: Asker, command: list[str], shown: str, files: dict[str, str]) -> None:
    if "@-" in command:  # from a WhereHows server
        return
    data = [files[word[1:]] for word in command if word.startswith("@")]
    method = command[command.index("-X") + 1] if "-X" in command else "POST" if data else "GET"
    answer = api(method, command[-1].removeprefix(HOST), data[0].encode() if data else None)
    pattern = re.escape(shown).replace("…", ".*")
    assert re.fullmatch(pattern, answer.body.decode()), (command, answer.body)


def test_every_path_is_there_twice_and_no_two_collide() -> None:
    paths = {(r.method, r.path) for r in ROUTES}
    assert len(paths) == len(ROUTES)
    compat = {(m, p.removeprefix("/compat/wherehows")) for m, p in paths if p.startswith("/compat/")}
    bare = {(m, p) for m, p in paths if not p.startswith("/compat/")}
    assert compat - bare == {("GET", "/naming"), ("PUT", "/naming")}
    assert bare <= compat
    for path in ("/dataset", "/lineage", "/lineage/job/exec", "/dataset/inventory"):
        assert ("POST", path) in bare
    assert not any(r.documented for r in ROUTES if not r.path.startswith("/compat/"))
