"""Workflow files, whole: YAML, TOML and JSON; right and wrong."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strabo.errors import StraboError, UsageError
from strabo.ingest.contracts import Tally
from strabo.ingest.workflow import Retire, check_workflow, load_workflow, workflow_from
from strabo.model.records import Record
from strabo.model.secret import Secret
from strabo.processors.filter import Filter
from strabo.sinks.console import ConsoleSink
from strabo.sinks.jsonl import JsonlSink
from strabo.sinks.stage import FileStage


class HereConfig(msgspec.Struct, frozen=True, kw_only=True):
    host: str  # the server
    port: int = 1
    password: Secret | None = None
    schemas: tuple[str, ...] = ()


class HereSource:
    made = 0

    def __init__(self, config: HereConfig) -> None:
        self.config = config
        HereSource.made += 1

    def read(self) -> Iterator[Record]:
        raise AssertionError("checking must not read")


def plain(records: Iterable[Record]) -> Iterator[Record]:
    yield from records


class HereBulk:
    def publish(self, artifact: str) -> Tally:
        raise AssertionError("checking must not publish")


class HereSink:
    def write(self, batch: Sequence[Record]) -> Tally:
        raise AssertionError("checking must not write")

    def close(self, *, complete: bool) -> Tally:
        return Tally()


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "here", sys.modules[__name__])
    monkeypatch.setenv("SHOP_PASSWORD", "hunter2")
    monkeypatch.setenv("SHOP_PORT", "5433")
    for name in ("NOT_SET", "NOR_THIS"):
        monkeypatch.delenv(name, raising=False)


YAML = """\
name: shop
description: All that the shop sells.
source:
  type: here:HereSource
  config:
    host: db
    port: ${SHOP_PORT}
    password: ${SHOP_PASSWORD}
    schemas: [a, "${NOT_SET:-b}"]
processors:
  - type: filter
    config: {exclude: [tmp_*]}
  - type: here:plain
sinks:
  - type: console
    config: {format: json}
  - {type: jsonl, config: {path: out.jsonl}}
stage:
  type: file
  config: {path: out.jsonl.zst}
bulk_sink:
  type: here:HereBulk
  config:
retire: {limit: 0.2, at_least: 3}
"""

TOML = """\
name = "shop"
description = "All that the shop sells."
bulk_sink.type = "here:HereBulk"

[source]
type = "here:HereSource"
config = { host = "db", port = "${SHOP_PORT}", password = "${SHOP_PASSWORD}", schemas = ["a", "${NOT_SET:-b}"] }

[[processors]]
type = "filter"
[processors.config]
exclude = ["tmp_*"]

[[processors]]
type = "here:plain"

[[sinks]]
type = "console"
config.format = "json"

[[sinks]]
type = "jsonl"
config.path = "out.jsonl"

[stage]
type = "file"
config.path = "out.jsonl.zst"

[retire]
limit = 0.2
at_least = 3
"""

RAW: dict[str, Any] = {
    "name": "shop",
    "description": "All that the shop sells.",
    "source": {
        "type": "here:HereSource",
        "config": {
            "host": "db", "port": "${SHOP_PORT}", "password": "${SHOP_PASSWORD}", "schemas": ["a", "${NOT_SET:-b}"],
        },
    },
    "processors": [{"type": "filter", "config": {"exclude": ["tmp_*"]}}, {"type": "here:plain"}],
    "sinks": [{"type": "console", "config": {"format": "json"}}, {"type": "jsonl", "config": {"path": "out.jsonl"}}],
    "stage": {"type": "file", "config": {"path": "out.jsonl.zst"}},
    "bulk_sink": {"type": "here:HereBulk", "config": None},
    "retire": {"limit": 0.2, "at_least": 3},
}  # fmt: skip


def put(folder: Path, text: str, name: str = "flow.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        check_workflow(load_workflow(path))
    return caught.value


def said(error: UsageError) -> list[str]:
    """The problems, without the path before each."""
    where = error.where.rpartition(":")[0] if error.where.rpartition(":")[2].isdigit() else error.where
    return [line.strip().replace(f"{where}:", "") for line in error.what.splitlines() if not line.endswith("settings:")]


@pytest.mark.parametrize(
    ("text", "name"), [(YAML, "x.yaml"), (YAML, "x.yml"), (TOML, "x.toml"), (json.dumps(RAW), "x.json")]
)
def test_one_workflow_in_each_language(tmp_path: Path, text: str, name: str) -> None:
    before = HereSource.made
    workflow = load_workflow(put(tmp_path, text, name))
    assert (workflow.name, workflow.description) == ("shop", "All that the shop sells.")
    assert workflow.path == tmp_path / name
    assert workflow.retire == Retire(limit=0.2, at_least=3)
    assert workflow.source.config["password"] == "hunter2"
    assert [step.type for step in workflow.processors] == ["filter", "here:plain"]
    assert [step.type for step in workflow.sinks] == ["console", "jsonl"]
    assert HereSource.made == before
    built = check_workflow(workflow)
    assert isinstance(built.source, HereSource)
    assert built.source.config == HereConfig(host="db", port=5433, password=Secret("hunter2"), schemas=("a", "b"))
    assert isinstance(built.processors[0], Filter)
    assert built.processors[1] is plain
    assert [type(sink) for sink in built.sinks] == [ConsoleSink, JsonlSink]
    assert isinstance(built.stage, FileStage)
    assert isinstance(built.bulk_sink, HereBulk)
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_the_same_in_python() -> None:
    workflow = workflow_from(RAW)
    assert (workflow.name, workflow.path) == ("shop", None)
    assert isinstance(check_workflow(workflow).source, HereSource)
    kept = workflow_from(RAW, interpolate=False)
    assert kept.source.config["password"] == "${SHOP_PASSWORD}"


def test_where_each_step_stands(tmp_path: Path) -> None:
    path = put(tmp_path, YAML)
    workflow = load_workflow(path)
    steps = [workflow.source, *workflow.processors, *workflow.sinks, workflow.stage, workflow.bulk_sink]
    assert [step.where.rpartition(":")[2] for step in steps if step] == ["3", "11", "13", "15", "17", "18", "21"]


def test_the_least_there_is(tmp_path: Path) -> None:
    workflow = load_workflow(put(tmp_path, "source: {type: here:HereSource, config: {host: a}}\n", "my feed.prod.yaml"))
    assert workflow.name == "my feed.prod"
    assert (workflow.processors, workflow.sinks, workflow.stage, workflow.bulk_sink) == ((), (), None, None)
    assert workflow.retire == Retire(limit=0.05, at_least=5)


@pytest.mark.parametrize("key", ["sink", "sinks"])
@pytest.mark.parametrize("several", [True, False])
def test_one_sink_or_several_under_either_word(key: str, several: bool) -> None:
    step = {"type": "console"}
    raw = {"name": "x", "source": RAW["source"], key: [step, step] if several else step}
    assert len(workflow_from(raw).sinks) == (2 if several else 1)


def test_a_stage_alone_and_beside_a_sink() -> None:
    for more in ({}, {"sink": {"type": "console"}}):
        raw = {"name": "x", "source": RAW["source"], "stage": RAW["stage"], **more}
        assert check_workflow(workflow_from(raw)).stage is not None


ALL_WRONG = """\
nmae: shop
source:
  type: here:HereSource
  config:
    hots: db
    port: abc
    password: 5
    schemas: ${NOT_SET}
processors:
  - type: filtre
  - type: filter
    config: {exclude: tmp_*, kind: [view]}
  - tpye: rename
sink:
  type: console
  config:
    format: yaml
    limit: ${NOR_THIS}
sinks: []
bulk_sink: {type: here:HereSource}
retire: {limit: 5, at_least: many}
"""


def test_all_that_is_wrong_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    error = refused(put(tmp_path, ALL_WRONG))
    assert said(error) == [
        "1: nmae: unknown setting; did you mean name?",
        "4: source.config.host: missing; it takes text",
        "5: source.config.hots: unknown setting; did you mean host?",
        "6: source.config.port: expected a whole number, got 'abc'",
        "7: source.config.password: expected secret text, got a number (put it in quotes)",
        "8: source.config.schemas: the variable NOT_SET is not set (export NOT_SET=…, or write ${NOT_SET:-default})",
        (
            "10: processors[0].type: there is no processor named 'filtre'; did you mean filter? "
            "(`strabo plugins` lists them; a class of your own is `module:Class`)"
        ),
        "12: processors[1].config.exclude: expected a list of text, got 'tmp_*' (write [tmp_*])",
        "12: processors[1].config.kind: unknown setting; did you mean kinds?",
        "13: processors[2].tpye: unknown setting; did you mean type?",
        "13: processors[2].type: missing; it takes text, not empty",
        '17: sink.config.format: expected one of "text", "json", got \'yaml\'',
        "18: sink.config.limit: the variable NOR_THIS is not set (export NOR_THIS=…, or write ${NOR_THIS:-default})",
        "19: sinks: `sink` is there too (keep one of them; both take several steps)",
        "20: bulk_sink.config.host: missing; it takes text",
        (
            "20: bulk_sink: there is no `stage` whose file it could publish"
            " (add a `stage`, for example {type: file, config: {path: out.jsonl.zst}})"
        ),
        "21: retire.at_least: expected a whole number, at least 0, got 'many'",
        "21: retire.limit: expected a number, at least 0, at most 1, got 5",
    ]
    assert error.exit_code == 2
    assert error.fix


def test_problems_of_steps_alone_are_found_by_checking(tmp_path: Path) -> None:
    text = YAML.replace("host: db", "hots: db").replace("here:plain", "here:plian").replace("tmp_*", "/(/")
    path = put(tmp_path, text)
    load_workflow(path)
    assert [line.partition(" ")[0] for line in said(refused(path))] == ["5:", "6:", "12:", "13:"]


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        ("source: {type: nope}", "source.type: there is no source named 'nope'", 1),
        ("a: 1\nsource: {type: here:HereSource, config: {host: a}}", "a: unknown setting; known: ", 1),
        ("name: x", "source: missing; it takes a mapping", 1),
        ("source: postgres", "source: expected a mapping, got 'postgres'", 1),
        ("source: {type: here:HereSource, config: [host]}", "source.config: expected a mapping, got a list", 1),
        ("source: {type: here:HereSource, config: {host: a}}\nname: ''", "name: expected one line of text", 2),
        ('source: {type: here:HereSource, config: {host: a}}\nname: "a\\nb"', "name: expected one line of text", 2),
        ("source: {type: here:HereSource, config: {host: a}}\nname: 5", "name: expected text, got 5", 2),
        (
            "source: {type: here:HereSource, config: {host: a}}\nprocessors: {type: filter}",
            "processors: expected a list",
            2,
        ),
        ("source: {type: here:HereSource, config: {host: a}}\nsink:\n  - 5", "sink[0]: expected a mapping, got 5", 3),
        (
            "source: {type: here:HereSource, config: {host: a}}\nsink: {type: filter}",
            "there is no sink named 'filter'",
            2,
        ),
        (
            "source: {type: here:HereSource, config: {host: a}}\nsink: {type: here:HereBulk}",
            "it has no `write`, `close`",
            2,
        ),
        ("source: {type: ''}", "source.type: expected text, not empty", 1),
        ("- a", "expected a mapping, got a list", 1),
        ("just text", "expected a mapping, got 'just text'", 1),
    ],
)
def test_one_problem_at_a_time(tmp_path: Path, text: str, problem: str, line: int) -> None:
    error = refused(put(tmp_path, text))
    assert problem in error.what
    assert error.where == f"{tmp_path / 'flow.yaml'}:{line}"


def test_an_empty_file_and_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the workflow file is empty"):
        load_workflow(put(tmp_path, "# nothing\n"))
    with pytest.raises(UsageError, match="there is no such file"):
        load_workflow(tmp_path / "none.yaml")


def test_python_names_its_feed() -> None:
    with pytest.raises(UsageError, match="name: missing; it takes text") as caught:
        workflow_from({"source": RAW["source"]}, "my script")
    assert (caught.value.where, caught.value.fix) == ("my script", "name the feed")


def test_inserted_values_are_never_shown(tmp_path: Path) -> None:
    text = (
        "source: {type: '${SHOP_PASSWORD}', config: {}}\n"
        "sink: {type: console, config: {format: '${SHOP_PASSWORD}', limit: '${SHOP_PASSWORD}'}}\n"
        "retire: '${SHOP_PASSWORD}'\n"
        "processors: [{type: add, config: {rules: [{match: '/(${SHOP_PASSWORD}/'}]}}]\n"
        "name: ['${SHOP_PASSWORD}']\n"
    )
    error = refused(put(tmp_path, text))
    assert len(said(error)) == 6
    assert "hunter2" not in str(error)
    workflow = load_workflow(put(tmp_path, YAML))
    assert "hunter2" not in repr(workflow) + str(workflow)


@pytest.mark.parametrize("name", ["o'brien", "a/b", "🦆", "עברית", 'with "quotes"', "."])
def test_names_of_feeds(name: str) -> None:
    assert workflow_from({"name": name, "source": RAW["source"]}).name == name


mess = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["filter", "${X", "a:b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["source", "sink", "sinks", "stage", "bulk_sink", "processors", "retire", "type", "config", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(mess)
def test_whatever_is_in_the_file_is_a_workflow_or_a_usage_error(
    tmp_path_factory: pytest.TempPathFactory, raw: object
) -> None:
    path = tmp_path_factory.mktemp("w") / "flow.json"
    path.write_text(json.dumps(raw))
    try:
        check_workflow(load_workflow(path))
    except StraboError as error:
        broken = error
    else:
        return
    assert type(broken) is UsageError
    assert str(path) in str(broken)
