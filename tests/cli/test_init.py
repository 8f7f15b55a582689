"""`init`: finds what is here, writes files that work, keeps what is there, and puts no secret anywhere."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from strabo.ingest import plugins
from strabo.ingest.workflow import check_workflow, load_workflow

Run = Callable[..., Result]
Ask = Callable[..., Any]
Sql = Callable[..., None]


def test_a_file_that_is_written_works(shop: Path, run: Run, ask: Ask) -> None:
    result = run("init")
    assert "wrote shop.yaml  for the file shop.db" in result.stdout
    assert "  strabo ingest shop.yaml" in result.stdout
    assert ask("ingest", "shop.yaml")["feed"] == "shop"


def test_several_go_into_a_folder(shop: Path, ask: Ask, sql: Sql) -> None:
    inner = shop.parent / "data"
    inner.mkdir()
    sql(inner / "shop.sqlite", "create table a (b)")
    (shop.parent / "duck.db").write_bytes(bytes(8) + b"DUCK" + bytes(100))
    (shop.parent / "no.db").write_bytes(b"a file of another program")
    (shop.parent / "empty.db").touch()
    told = ask("init")
    assert told["written"] == ["workflows/duck.yaml", "workflows/shop.yaml", "workflows/shop-sqlite.yaml"]
    assert told["next"] == "strabo ingest workflows/duck.yaml workflows/shop.yaml workflows/shop-sqlite.yaml"
    assert load_workflow("workflows/shop-sqlite.yaml").name == "shop-sqlite"


def test_our_own_catalog_is_no_find(filled: Path, run: Run, ask: Ask) -> None:
    run("--catalog", "other.sqlite", "ingest", "shop.db", "--quiet")
    assert ask("init")["written"] == ["shop.yaml"]


def test_what_is_there_is_kept(shop: Path, run: Run) -> None:
    Path("shop.yaml").write_text("mine", encoding="utf-8")
    text = run("init", code=2).stderr
    assert "shop.yaml is there already" in text
    assert "--force" in text
    assert Path("shop.yaml").read_text(encoding="utf-8") == "mine"
    run("init", "--force")
    assert load_workflow("shop.yaml").source.type == "sqlite"


def test_nothing_here_says_what_to_do(run: Run) -> None:
    text = run("init", code=2).stderr
    assert "there is no database here" in text
    assert "strabo init --source postgres" in text
    assert "did you mean postgres" in run("init", "--source", "postgre", code=2).stderr


VARIABLES: list[tuple[dict[str, str], str, str]] = [
    ({"DATABASE_URL": "postgresql://ann:hunter2@127.0.0.1:1/shop"}, "shop.yaml", "postgres"),
    ({"DATABASE_URL": "mysql://ann:hunter2@127.0.0.1:1/shop"}, "shop.yaml", "mysql"),
    ({"DATABASE_URL": "sqlite:///here.db"}, "here.yaml", "sqlite"),
    ({"PGHOST": "127.0.0.1", "PGPORT": "1", "PGUSER": "ann", "PGPASSWORD": "hunter2"}, "postgres.yaml", "postgres"),
    ({"PGDATABASE": "crm"}, "crm.yaml", "postgres"),
    (
        {"MYSQL_HOST": "127.0.0.1", "MYSQL_PORT": "1", "MYSQL_PWD": "hunter2", "MYSQL_DATABASE": "s/x"},
        "s-x.yaml",
        "mysql",
    ),
]


@pytest.mark.parametrize(("variables", "path", "kind"), VARIABLES)
def test_variables_name_servers(
    variables: dict[str, str], path: str, kind: str, ask: Ask, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ask("init")["written"] == [path]
    text = Path(path).read_text(encoding="utf-8")
    assert "hunter2" not in text
    workflow = load_workflow(path)
    assert workflow.source.type == kind
    check_workflow(workflow)
    if kind != "sqlite":
        assert "hunter2" not in run("test", path, code=3).output


def test_a_url_of_a_system_that_nothing_reads_is_left_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "oracle://x:y@z/w")
    assert "there is no database here" in run("init", code=2).stderr


@pytest.mark.parametrize("source", ["sqlite", "postgres", "mysql"])
def test_one_for_a_source_reads_and_shows_every_setting(source: str, run: Run, ask: Ask) -> None:
    run("init", "--source", source, "--into", "deep/er")
    path = Path("deep/er") / f"{source}.yaml"
    check_workflow(load_workflow(path))
    text = path.read_text(encoding="utf-8")
    settings = ask("config", "explain", source)["plugins"][0]["settings"]
    assert len(settings) > 3
    for setting in settings:
        assert f"{setting['name']}: " in text
    uncommented = text.replace("    # ", "    ")
    path.write_text(uncommented, encoding="utf-8")  # every default that is shown is one that may be written
    if source == "sqlite":
        check_workflow(load_workflow(path))


@pytest.mark.parametrize("name", ["a b", "ünï", "it's", 'q"t', "${HOME}", "yes", "日本"])
def test_hostile_file_names(name: str, folder: Path, ask: Ask, sql: Sql) -> None:
    sql(folder / f"{name}.db", "create table a (b)")
    (written,) = ask("init")["written"]
    told = ask("ingest", written)
    assert (told["status"], told["listed"]) == ("succeeded", 2)


def test_plugins_and_their_settings(run: Run, ask: Ask) -> None:
    told = ask("plugins")["plugins"]
    assert {(p["group"], p["name"]) for p in told} == {(p.group, p.name) for p in plugins.installed()}
    assert next(p for p in told if p["name"] == "sqlite")["loads"] is True
    text = run("config", "explain", "sqlite").stdout
    assert text.splitlines()[0] == "sqlite  (source)"
    assert "path *" in text
    assert "* must be set" in text
    assert "did you mean sqlite" in run("config", "explain", "sqlitte", code=2).stderr
    assert [p["group"] for p in ask("config", "explain", "catalog")["plugins"]] == ["sinks", "bulk_sinks"]
    assert len(ask("config", "explain", "catalog", "--group", "sinks")["plugins"]) == 1


def test_schemas(run: Run) -> None:
    assert json.loads(run("schema").stdout)["title"] == "Strabo record"
    assert json.loads(run("schema", "workflow").stdout)["title"] == "Strabo workflow"
    assert json.loads(run("schema", "--json").stdout) == json.loads(run("schema", "records").stdout)
    assert "records" in run("schema", "tables", code=2).stderr


def test_doctor(folder: Path, shop: Path, run: Run, ask: Ask) -> None:
    assert "there is none at strabo.db" in run("doctor", code=1).stdout
    assert not Path("strabo.db").exists()
    run("ingest", "shop.db", "--quiet")
    told = ask("doctor")
    assert told["ok"] is True
    assert {"strabo", "plugins", "catalog"} <= {f["name"] for f in told["findings"]}
    Path("strabo.db").write_bytes(b"this is no catalog, whatever its name says" * 10)
    for journal in folder.glob("strabo.db-*"):
        journal.unlink()
    assert "no Strabo catalog" in run("doctor", code=1).stdout
