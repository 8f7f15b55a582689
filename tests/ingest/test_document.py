"""Settings files: values, lines, and what is said of a file that does not parse."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strabo.errors import UsageError
from strabo.ingest.document import Origin, guess, problem, read_document, refusal, spelled
from strabo.ingest.toml_lines import toml_lines


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(text: str, suffix: str = "yaml") -> Path:
        path = tmp_path / f"flow.{suffix}"
        path.write_text(text, encoding="utf-8")
        return path

    return write


YAML = """\
# a comment
source:
  type: postgres
  config: {host: db,
    port: 5432}
processors:
  - type: filter
    config:
      exclude:
        - tmp_*
        - "*_bak"
"""


def test_yaml_lines(write: Any) -> None:
    document = read_document(write(YAML))
    at = document.origin.line
    assert at(("source",)) == 2
    assert at(("source", "type")) == 3
    assert at(("source", "config", "host")) == 4
    assert at(("source", "config", "port")) == 5
    assert at(("processors", 0, "type")) == 7
    assert at(("processors", 0, "config", "exclude", 1)) == 11
    assert at(("processors", 0, "config", "missing")) == 8  # the nearest around it
    assert document.origin.below(("processors", 0)).line(("config",)) == 8
    assert document.origin.where(("source",)).endswith("flow.yaml:2")
    assert document.value["processors"][0]["config"] == {"exclude": ["tmp_*", "*_bak"]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("False", False), ("on", "on"), ("no", "no"), ("null", None), ("~", None), ("", None),
        ("12", 12), ("-3", -3), ("0x1f", 31), ("0o17", 15), ("017", 17), ("1.5", 1.5), ("1e3", 1000.0),
        (".inf", float("inf")),
        ("12:30", "12:30"), ("2026-01-01", "2026-01-01"), ("'12'", "12"), ("1_000", "1_000"), ("=", "="), ("<<", "<<"),
    ],
)  # fmt: skip
def test_yaml_scalars(write: Any, text: str, value: object) -> None:
    found = read_document(write(f"a: {text}\n")).value["a"]
    assert found == value
    assert type(found) is type(value)


def test_yaml_keys_are_text_as_written(write: Any) -> None:
    assert read_document(write("on: 1\n5432: 2\nnull: 3\ntrue: 4\n")).value == {
        "on": 1,
        "5432": 2,
        "null": 3,
        "true": 4,
    }


def test_yaml_anchors_and_merges(write: Any) -> None:
    document = read_document(write("base: &b {host: db, port: 1}\na:\n  <<: *b\n  port: 2\nc:\n  <<: [*b, {x: 1}]\n"))
    assert document.value["a"] == {"host": "db", "port": 2}
    assert document.value["c"] == {"host": "db", "port": 1, "x": 1}
    assert document.origin.line(("a", "port")) == 4
    assert document.origin.line(("a", "host")) in {1, 3}


JSON = '{\n "source": {"type": "x",\n  "config": {"a": [1, {"b": 2},\n 3], "t\\u0022": null}},\n "name": "n" }\n'


def test_json_lines(write: Any) -> None:
    document = read_document(write(JSON, "json"))
    at = document.origin.lines
    assert at[("source",)] == 2
    assert at[("source", "config")] == 3
    assert at[("source", "config", "a", 1, "b")] == 3
    assert at[("source", "config", "a", 2)] == 4
    assert at[("source", "config", 't"')] == 4
    assert at[("name",)] == 5


TOML = """\
name = "x" # [not.a.table]
description = \"\"\"
a = "1"
[b]
\"\"\"
source.type = 'postgres'
source."config".host = "db"  # dotted, quoted

[retire]
limit = 0.1

[[processors]]
type = "filter"
config = { include = ["a",
  "b"], kinds = [] }

[[processors]]
type = "add"
[processors.config]
[[processors.config.rules]]
match = "a"
[[processors.config.rules]]
match = "b"
at = 2026-01-01T00:00:00Z
words = [
  # nothing here
  'c', '''
d''',
]

["sinks.x" . 'y']
z = 1
"""


def test_toml_lines(write: Any) -> None:
    document = read_document(write(TOML, "toml"))
    at = document.origin.lines
    expected: dict[tuple[str | int, ...], int] = {
        ("name",): 1, ("description",): 2, ("source",): 6, ("source", "type"): 6, ("source", "config", "host"): 7,
        ("retire",): 9, ("retire", "limit"): 10, ("processors",): 12, ("processors", 0): 12,
        ("processors", 0, "type"): 13, ("processors", 0, "config", "include"): 14,
        ("processors", 0, "config", "include", 1): 15, ("processors", 0, "config", "kinds"): 15,
        ("processors", 1): 17, ("processors", 1, "config", "rules", 0, "match"): 21,
        ("processors", 1, "config", "rules", 1): 22, ("processors", 1, "config", "rules", 1, "match"): 23,
        ("processors", 1, "config", "rules", 1, "words", 0): 27, ("sinks.x", "y"): 31, ("sinks.x", "y", "z"): 32,
    }  # fmt: skip
    assert {path: at.get(path) for path in expected} == expected


def test_toml_lines_of_what_is_no_toml_are_left_out() -> None:
    assert toml_lines("a = 1\n= = =\nb = 2\n") == {("a",): 1}


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [path, *[inner for key, item in items for inner in paths(item, (*path, key))]]


keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6) | st.sampled_from(
    ["a.b", '"', "🦆", "עב"]
)
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | keys,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(keys, trees, max_size=4), st.sampled_from([None, 1]))
def test_every_json_path_has_its_line(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, Any], indent: int | None
) -> None:
    path = tmp_path_factory.mktemp("j") / "a.json"
    path.write_text(json.dumps(tree, indent=indent, ensure_ascii=indent is None), encoding="utf-8")
    document = read_document(path)
    assert document.value == tree
    assert set(document.origin.lines) == set(paths(tree))
    lines = path.read_text(encoding="utf-8").split("\n")
    for at, line in document.origin.lines.items():
        if at and isinstance(at[-1], str):
            assert json.dumps(at[-1], ensure_ascii=indent is None) in lines[line - 1]


@pytest.mark.parametrize(
    ("suffix", "text", "said", "at"),
    [
        ("yaml", "a: [1\nb: 2\n", "does not parse", ":2:2"),
        ("yaml", "a: b: c\n", "mapping values are not allowed", ":1:5"),
        ("yaml", "a: 1\nb: \x07\n", "is not allowed", ":2:4"),
        ("yaml", "a: *nobody\n", "undefined alias", ":1:4"),
        ("yaml", "--- 1\n--- 2\n", "single document", ":2:1"),
        ("yaml", "a: 1\nb: 2\na: 3\n", "the key 'a' is there twice, first on line 1", ":3"),
        ("yaml", "a:\n  - b: 1\n    b: 2\n", "the key 'b' is there twice, first on line 2", ":3"),
        ("yaml", "a: !!python/object/apply:os.system [ls]\n", "is not used here", ":1"),
        ("yaml", "a: !secret x\n", "the tag '!secret' is not used here", ":1"),
        ("yaml", "a: !!int x\n", "this is no int", ":1"),
        ("yaml", "? [a]\n: 1\n", "a key must be text", ":1"),
        ("yaml", "a: &x [*x]\n", "unfold without end", ":1"),
        ("yaml", "a:\n  <<: 5\n", "`<<` takes a mapping", ":2"),
        ("json", '{"a": 1,}', "does not parse", ":1:9"),
        ("json", '{"a": 1}\n{}', "Extra data", ":2:1"),
        ("json", '{"a": 1,\n "a": 2}', "the key 'a' is there twice, first on line 1", ":2"),
        ("json", '{"a": {"b": 1, "\\u0062": 2}}', "the key 'b' is there twice", ":1"),
        ("toml", "a = \n", "does not parse: Invalid value", ":1:5"),
        ("toml", "a = 1\na = 2\n", "Cannot overwrite a value", ":2:6"),
        ("toml", 'a = 1\nb = """\n', "does not parse", ":3"),
    ],
)  # fmt: skip
def test_what_does_not_parse(write: Any, suffix: str, text: str, said: str, at: str) -> None:
    path = write(text, suffix)
    with pytest.raises(UsageError) as caught:
        read_document(path)
    assert said in caught.value.what
    assert caught.value.where == f"{path}{at}"
    assert caught.value.fix


def test_a_variable_within_braces_wants_quotes(write: Any) -> None:
    with pytest.raises(UsageError, match="does not parse") as caught:
        read_document(write("a: {b: ${C}}\n"))
    assert caught.value.fix == 'within { } and [ ], write "${…}" in quotes'
    assert read_document(write("a: ${C}\n")).value == {"a": "${C}"}


def test_yaml_bombs_are_refused(write: Any) -> None:
    text = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    with pytest.raises(UsageError, match="unfold without end"):
        read_document(write(text))


@pytest.mark.parametrize(
    ("suffix", "text"), [("yaml", "[" * 5000), ("json", "[" * 100_000), ("toml", "a=" + "[" * 100_000)]
)
def test_nesting_without_end_is_refused(write: Any, suffix: str, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_document(write(text, suffix))
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("suffix", ["yaml", "json", "toml"])
def test_numbers_of_thousands_of_digits(write: Any, suffix: str) -> None:
    number = "9" * (sys.get_int_max_str_digits() + 1)
    text = {"yaml": f"a: {number}", "json": f'{{"a": {number}}}', "toml": f"a = {number}"}[suffix]
    with pytest.raises(UsageError):
        read_document(write(text, suffix))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file"):
        read_document(tmp_path / "no.yaml")
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(UsageError, match="this is a folder"):
        read_document(tmp_path / "folder.yaml")
    with pytest.raises(UsageError, match=r"cannot tell what kind of file 'a\.ini' is"):
        read_document(tmp_path / "a.ini")
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: \xe9\n")
    with pytest.raises(UsageError, match="not UTF-8 text") as caught:
        read_document(tmp_path / "latin.yaml")
    assert caught.value.where.endswith("latin.yaml:2")
    with pytest.raises(UsageError, match="cannot read the file"):
        read_document(tmp_path / f"{'x' * 300}.yaml")


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_an_empty_file_holds_nothing_and_a_byte_order_mark_is_skipped(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"")
    assert read_document(path).value is None
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read_document(path).value == {"a": 1}


def test_problems_are_told_together_in_the_order_of_their_lines() -> None:
    origin = Origin(file="f.yaml", lines={("b",): 10, ("a",): 9, ("c",): 2})
    one = [problem(origin, ("a",), "wrong", "mend it")]
    error = refusal(one, "f.yaml")
    assert (error.what, error.where, error.fix) == ("a: wrong", "f.yaml:9", "mend it")
    three = [problem(origin, ("b",), "bad"), *one, problem(origin, ("c", 1, "d"), "odd")]
    assert refusal([*three, *one], "f.yaml").what == (
        "3 problems in the settings:\n  f.yaml:2: c[1].d: odd\n  f.yaml:9: a: wrong (mend it)\n  f.yaml:10: b: bad"
    )


def test_guesses() -> None:
    assert guess("hots", ["host", "port"]) == "; did you mean host?"
    assert guess("HOST", ["host", "port"]) == "; did you mean host?"
    assert guess("zzz", ["port", "host"]) == "; known: host, port"
    assert guess("zzz", []) == ""
    assert guess("zzz", [f"a{n}" for n in range(50)]) == ""
    assert spelled(("a", 0, 1, "b")) == "a[0][1].b"


def test_what_was_inserted_is_never_printed() -> None:
    origin = Origin(file="f", inserted={("a",): ("hunter2", " "), ("b",): ("o'x",)})
    assert "hunter2" not in repr(origin)
    assert "hunter2" not in str(list(origin.__rich_repr__()))
    assert origin.redacted("pw hunter2 'o\\'x' o'x") == "pw *** 'o\\'x' ***".replace("o\\'x", "o\\'x")
    assert origin.below(("a",)).redacted("hunter2 o'x") == "*** o'x"
