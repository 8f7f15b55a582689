"""Plugins by name: found, guessed at, and their missing drivers named."""

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, distribution
from pathlib import Path

import pytest

from strabo.errors import UsageError
from strabo.ingest import plugins
from strabo.sinks.jsonl import JsonlSink


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the import path; what is imported from it is forgotten afterwards."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def declare(monkeypatch: pytest.MonkeyPatch, *points: EntryPoint) -> None:
    found: dict[str, list[EntryPoint]] = {}
    for point in points:
        found.setdefault(point.name, []).append(point)
    monkeypatch.setattr(plugins, "_declared", lambda group: found)


def of_strabo(name: str, value: str) -> EntryPoint:
    point = EntryPoint(name, value, "strabo.sources")
    vars(point)["dist"] = distribution("strabo")
    return point


def test_the_built_in_ones_come_through_the_same_door() -> None:
    assert plugins.load("sinks", "jsonl") is JsonlSink
    assert plugins.load("sinks", "strabo.sinks.jsonl:JsonlSink") is JsonlSink
    assert {"sqlite", "postgres", "mysql", "duckdb"} <= set(plugins.names("sources"))


def test_all_that_are_installed() -> None:
    found = plugins.installed()
    assert ("stages", "file", "strabo.sinks.stage:FileStage", "strabo") in [entry[:4] for entry in found]
    assert {entry.group for entry in found} == set(plugins.GROUPS)
    assert all(entry.version for entry in found)


@pytest.mark.parametrize(
    ("group", "name", "said"),
    [
        ("sources", "postgras", "there is no source named 'postgras'; did you mean postgres?"),
        ("sources", "POSTGRES", "there is no source named 'POSTGRES'; did you mean postgres?"),
        ("bulk_sinks", "zzz", "there is no bulk sink named 'zzz'; known: catalog"),
        ("sinks", "🦆'", 'there is no sink named "🦆\'"; known: '),
        ("sinks", "", "there is no sink named ''"),
        ("sinks", "a:", "the sink 'a:' is not spelled `module:Class`"),
        ("sinks", ":b", "is not spelled `module:Class`"),
        ("sinks", "a b:c", "is not spelled `module:Class`"),
        ("sinks", "..a:c", "is not spelled `module:Class`"),
        ("sinks", "no_such_module:C", "the sink 'no_such_module:C': there is no module 'no_such_module'"),
        ("sinks", "strabo.sinks.nothing:C", "there is no module 'strabo.sinks.nothing'"),
        ("sinks", "strabo.sinks.jsonl:JsonlSnik", "strabo.sinks.jsonl has no 'JsonlSnik'; did you mean JsonlSink?"),
        ("sinks", "strabo.sinks.jsonl:JsonlSink.nested", "JsonlSink has no 'nested'"),
    ],
)
def test_wrong_names(group: str, name: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        plugins.load(group, name)
    assert said in caught.value.what
    assert caught.value.fix


def test_a_class_within_a_class(folder: Path) -> None:
    (folder / "nested_plugin.py").write_text("class Outer:\n    class Inner: ...\n")
    assert plugins.load("sources", "nested_plugin:Outer.Inner").__qualname__ == "Outer.Inner"


def test_a_missing_driver_names_the_extra(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "needs_driver.py").write_text("import no_such_driver.sub\n")
    declare(monkeypatch, of_strabo("postgres", "needs_driver:Source"))
    with pytest.raises(UsageError) as caught:
        plugins.load("sources", "postgres")
    assert caught.value.what == "the source 'postgres' needs 'no_such_driver', which is not installed"
    assert caught.value.fix == "pip install 'strabo[postgres]'"


def test_a_missing_driver_without_an_extra_names_the_module(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "needs_driver.py").write_text("import no_such_driver.sub\n")
    declare(monkeypatch, of_strabo("other", "needs_driver:Source"))
    for name in ("other", "needs_driver:Source"):
        with pytest.raises(UsageError, match="needs 'no_such_driver', which is not installed") as caught:
            plugins.load("sources", name)
        assert caught.value.fix == "pip install no_such_driver"


def test_a_driver_that_does_not_load(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "bad_driver.py").write_text("raise ImportError('libpq is missing')\n")
    declare(monkeypatch, of_strabo("mysql", "bad_driver:Source"), of_strabo("other", "bad_driver:Source"))
    with pytest.raises(UsageError, match="the source 'mysql' cannot load what it needs: libpq is missing") as caught:
        plugins.load("sources", "mysql")
    assert caught.value.fix == "pip install 'strabo[mysql]'"
    with pytest.raises(UsageError) as caught:
        plugins.load("sources", "other")
    assert caught.value.fix == "install what it needs"


@pytest.mark.parametrize("value", ["strabo.sinks.jsonl:Nothing", "strabo.sinks.gone:Sink"])
def test_a_broken_plugin(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, of_strabo("odd", value))
    with pytest.raises(UsageError, match="is broken") as caught:
        plugins.load("sinks", "odd")
    assert value in caught.value.what
    assert caught.value.fix == "reinstall strabo, or tell its authors"


def test_a_name_that_two_declare(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, of_strabo("x", "a:A"), EntryPoint("x", "b:B", "strabo.sources"))
    with pytest.raises(UsageError, match=r"declared twice: a:A \(strabo\), b:B \(\?\)") as caught:
        plugins.load("sources", "x")
    assert "module:Class" in caught.value.fix
    same = of_strabo("y", "strabo.sinks.jsonl:JsonlSink")
    declare(monkeypatch, same, same)  # one distribution, found twice on the path
    assert plugins.load("sinks", "y") is JsonlSink


def test_a_distribution_that_is_installed_is_found(folder: Path) -> None:
    info = folder / "acme-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.2\nProvides-Extra: acme-db\n")
    (info / "entry_points.txt").write_text("[strabo.sources]\nacme_db = acme_plugin:Source\n")
    (folder / "acme_plugin.py").write_text("import no_such_driver\n")
    plugins._declared.cache_clear()
    try:
        assert plugins.Installed("sources", "acme_db", "acme_plugin:Source", "acme", "1.2") in plugins.installed()
        with pytest.raises(UsageError) as caught:
            plugins.load("sources", "acme_db")
        assert caught.value.fix == "pip install 'acme[acme-db]'"
    finally:
        plugins._declared.cache_clear()
