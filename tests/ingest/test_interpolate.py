"""`${…}` in settings."""

from pathlib import Path
from typing import Any

import pytest

from strabo.ingest.document import Document, Origin, Problem
from strabo.ingest.interpolate import interpolated


def put(value: Any, folder: Path | None = None, **environ: str) -> tuple[Any, list[Problem], Origin]:
    problems: list[Problem] = []
    file = str((folder or Path("/nowhere")) / "flow.yaml")
    lines: dict[tuple[str | int, ...], int] = {(): 1, ("a",): 3, ("b",): 4}
    found = interpolated(Document(value, Origin(file=file, lines=lines)), problems, environ)
    return found.value, problems, found.origin


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("${V}", "v"),
        ("x${V}y${V}", "xvyv"),
        ("$V {V} $ {V} $$", "$V {V} $ {V} $$"),
        ("$${V}", "${V}"),
        ("$$${V}", "$${V}"),
        ("${NO:-d}", "d"),
        ("${EMPTY:-d}", "d"),
        ("${EMPTY}", ""),
        ("${NO:-}", ""),
        ("${NO:-a:-b}", "a:-b"),
        ("${V:-d}", "v"),
        ("${LOOP}", "${V}"),
        ("${ODD}", "🦆 'q' עב\n"),
    ],
)
def test_what_replaces_what(text: str, made: str) -> None:
    value, problems, _ = put({"a": text}, V="v", EMPTY="", LOOP="${V}", ODD="🦆 'q' עב\n")
    assert value == {"a": made}
    assert not problems


def test_values_at_every_depth_but_no_keys_and_no_numbers() -> None:
    value, _, origin = put({"${V}": ["${V}", {"x": "${V}"}, 5, None]}, V="v")
    assert value == {"${V}": ["v", {"x": "v"}, 5, None]}
    assert origin.is_inserted(("${V}", 0))
    assert origin.is_inserted(("${V}", 1, "x"))
    assert not origin.is_inserted(("${V}", 2))


def test_an_escaped_place_is_not_inserted() -> None:
    assert not put({"a": "$${V}"})[2].is_inserted(("a",))


def test_files(tmp_path: Path) -> None:
    (tmp_path / "pw").write_bytes(b"hunter2\r\n")
    (tmp_path / "two").write_bytes(b"a\nb\n\n")
    value, problems, _ = put({"a": f"${{file:{tmp_path}/pw}}", "b": "${file:two}"}, tmp_path)
    assert value == {"a": "hunter2", "b": "a\nb\n"}
    assert not problems


@pytest.mark.parametrize(
    ("text", "said", "fix"),
    [
        ("${NO}", "a: the variable NO is not set", "export NO=…, or write ${NO:-default}"),
        ("${no-such}", "a: `${no-such}` is neither a variable nor a file", "write ${NAME}"),
        ("${}", "a: `${}` is neither a variable nor a file", "$${ for a plain ${"),
        ("x ${V", "a: `${` without `}`", "write $${ for a plain ${"),
        ("${file:/no/such}", "a: cannot read the file /no/such: No such file or directory", "check the path"),
        ("${file:}", "a: cannot read the file", "check the path"),
        ("${file:a\0b}", "a: cannot read the file", "check the path"),
        ("${file:big}", "is larger than 1 MiB", "put only the value into it"),
        ("${file:latin}", "is not UTF-8 text", "save it as UTF-8"),
        ("${file:~no_such_user_here/x}", "a: cannot read the file", "check the path"),
    ],
)
def test_what_cannot_be_replaced(tmp_path: Path, text: str, said: str, fix: str) -> None:
    (tmp_path / "big").write_bytes(b"x" * (2 << 20))
    (tmp_path / "latin").write_bytes(b"\xe9")
    value, problems, origin = put({"a": text, "b": 1}, tmp_path, V="v")
    assert value == {"a": text, "b": 1}
    (found,) = problems
    assert said in found.what
    assert fix in found.fix
    assert found.line == 3
    assert origin.is_missing(("a",))


def test_all_missing_variables_are_reported_at_once() -> None:
    _, problems, _ = put({"a": "${X} ${Y}", "b": "${Z}"})
    assert [problem.what.split()[3] for problem in problems] == ["X", "Y", "Z"]
    assert [problem.line for problem in problems] == [3, 3, 4]
