"""Wrong settings, wrong logins, missing drivers and grants: each a clear error with the next thing to try."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from strabo.testing import mariadb, postgres

Ask = Callable[..., Any]
Strabo = Callable[..., Any]
Write = Callable[..., Path]

PASSWORD = "hunter2-and/more@all"


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that refuses connections for as long as the test lasts."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it, and nobody answers
        yield int(held.getsockname()[1])


def nowhere(text: str, folder: Path, *said: str) -> None:
    """That a text is neither in what was said nor, as raw bytes, in any file of the folder but workflows."""
    assert all(text not in words for words in said)
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".yaml"]
    assert files
    for path in files:
        assert text.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
def test_an_unreachable_host_is_named_and_recorded(
    kind: str, closed_port: int, write: Write, strabo: Strabo, ask: Ask, folder: Path
) -> None:
    config = {"host": "127.0.0.1", "port": closed_port, "user": "reader", "password": PASSWORD}
    path = write("shop.yaml", source={"type": kind, "config": config})
    for line in (["ingest", str(path)], ["test", str(path)]):
        done = strabo(*line, "--json", code=3)
        assert f"127.0.0.1:{closed_port}" in done.error["where"] + done.error["what"]
        assert done.error["fix"]
        nowhere(PASSWORD, folder, done.out, done.err)
    (run,) = ask("runs")["runs"]
    assert (run["status"], run["exit_code"], run["listed"]) == ("failed", 3, 0)
    assert f"127.0.0.1:{closed_port}" in run["problem"]


@pytest.mark.server
@pytest.mark.parametrize("kind", ["postgres", "mysql"])
@pytest.mark.parametrize("how", ["settings", "url", "url on the command line"])
def test_a_wrong_password_is_refused_and_never_shown(
    kind: str, how: str, request: pytest.FixtureRequest, write: Write, strabo: Strabo, ask: Ask, folder: Path
) -> None:
    server = request.getfixturevalue("postgres" if kind == "postgres" else "mariadb")
    url = f"{kind}://{server.user}:hunter2%2Dand%2Fmore%40all@{server.host}:{server.port}/shop"
    if how == "settings":
        config = {"host": server.host, "port": server.port, "user": server.user, "password": PASSWORD}
        what = str(write("shop.yaml", source={"type": kind, "config": config}))
    elif how == "url":
        what = str(write("shop.yaml", source={"type": kind, "config": {"url": "${SHOP_URL}"}}))
    else:
        what = url
    for line in (["ingest", what], ["ingest", what, "--debug"], ["test", what, "--json"]):
        done = strabo(*line, code=3, env={"SHOP_URL": url})
        assert f"{server.host}:{server.port}" in done.err
        assert "check user" in done.err or "password" in done.err
        for spelling in (PASSWORD, "hunter2"):
            nowhere(spelling, folder, done.out, done.err)
    assert [(r["status"], r["exit_code"]) for r in ask("runs")["runs"]] == [("failed", 3)] * 2
    nowhere("hunter2", folder, strabo("runs", "show", "1", "--json").out)


NO_DRIVER = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"psycopg", "pymysql", "duckdb"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""


@pytest.mark.parametrize(("kind", "driver"), [("postgres", "psycopg"), ("mysql", "pymysql"), ("duckdb", "duckdb")])
def test_a_missing_driver_says_what_to_install(
    kind: str, driver: str, write: Write, strabo: Strabo, folder: Path
) -> None:
    (folder / "sitecustomize.py").write_text(NO_DRIVER, encoding="utf-8")
    config = {"path": "shop.duckdb"} if kind == "duckdb" else {"host": "localhost"}
    path = write("shop.yaml", source={"type": kind, "config": config})
    for line in (["ingest", str(path)], ["test", str(path)], ["ingest", str(path), "--dry-run"]):
        error = strabo(*line, "--json", code=2).error
        assert f"needs {driver!r}, which is not installed" in error["what"]
        assert error["fix"] == f"pip install 'strabo[{kind}]'"
    assert not (folder / "strabo.db").exists()
    assert kind in strabo("plugins").out


def test_a_wrong_workflow_is_told_in_full_before_anything_connects(
    write: Write, strabo: Strabo, closed_port: int, folder: Path
) -> None:
    path = folder / "shop.yaml"
    path.write_text(
        f"""\
source:
  type: postgres
  config:
    host: 127.0.0.1
    prot: {closed_port}
    databases: shop
processors:
  - type: sql_linage
  - type: add
    config: {{}}
snik: {{type: console}}
""",
        encoding="utf-8",
    )
    for line in (["ingest", str(path)], ["test", str(path)]):
        said = strabo(*line, code=2).err
        for where, what in (("5", "did you mean port"), ("8", "did you mean sql_lineage"), ("11", "did you mean")):
            assert f"{path}:{where}" in said or f"shop.yaml:{where}" in said, said
            assert what in said
        assert "rules" in said
    assert not (folder / "strabo.db").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("source: {type: postgress}\n", "did you mean postgres"),
        ("source: {type: 'nowhere:Source'}\n", "nowhere"),
        ("", "empty"),
        ("source: [\n", "shop.yaml:2"),
        ("source: {type: sqlite, config: {path: '${NOT_SET}'}}\n", "NOT_SET"),
        ("source: {type: sqlite, config: {path: 7}}\n", "path"),
    ],
)
def test_what_is_no_workflow(text: str, said: str, strabo: Strabo, folder: Path) -> None:
    (folder / "shop.yaml").write_text(text, encoding="utf-8")
    done = strabo("ingest", "shop.yaml", code=2)
    assert said in done.err
    assert "shop.yaml" in done.err
    assert "try: " in done.err
    assert list(folder.iterdir()) == [folder / "shop.yaml"]


@pytest.mark.parametrize("content", [b"not a database\n" * 1000, b"\0" * 5000, b"PK\x03\x04rest"])
def test_a_file_that_is_no_catalog_is_left_alone(content: bytes, sql: Any, strabo: Strabo, folder: Path) -> None:
    sql("shop.db", "create table t (a)")
    path = folder / "notes.bin"
    path.write_bytes(content)
    for line in (["search", "x"], ["ingest", "shop.db"]):
        error = strabo("--catalog", "notes.bin", *line, "--json", code=2).error
        assert "no Strabo catalog" in error["what"]
        assert "notes.bin" in error["where"]
        assert "--catalog" in error["fix"]
        assert path.read_bytes() == content


# --- rights


@pytest.mark.server
def test_postgres_without_a_grant_is_accounted_for(
    postgres: postgres.Server, database: Callable[..., str], write: Write, ask: Ask, strabo: Strabo
) -> None:
    open_, closed = (
        database("open_e2e", "CREATE TABLE t (a int)"),
        database("closed_e2e", "CREATE TABLE hidden (a int)"),
    )
    postgres.run("CREATE ROLE reader_e2e LOGIN PASSWORD 'r'", f"REVOKE CONNECT ON DATABASE {closed} FROM public")
    try:
        config = {"host": postgres.host, "port": postgres.port, "user": "reader_e2e", "password": "r"}
        path = write("s.yaml", source={"type": "postgres", "config": {**config, "databases": [open_, closed]}})
        done = ask("ingest", str(path))
        assert (done["status"], done["skipped"], done["reconciles"]) == ("succeeded", 1, True)
        (reason,) = [r for r in done["reasons"] if r["state"] == "skipped"]
        grant = "GRANT CONNECT ON DATABASE closed_e2e TO reader_e2e"
        assert grant in reason["fix"]
        assert ask("search", "hidden")["total"] == 0
        said = strabo("test", str(path), code=1)
        assert grant in said.out
        assert "MISSING" in said.out
        # The right taken away later: what was known stays.
        postgres.run(f"GRANT CONNECT ON DATABASE {closed} TO reader_e2e")
        assert ask("ingest", str(path))["skipped"] == 0
        postgres.run(f"REVOKE CONNECT ON DATABASE {closed} FROM reader_e2e")
        assert ask("ingest", str(path))["retired"] == 0
        assert ask("search", "hidden")["total"] == 1
    finally:
        postgres.run(f"GRANT CONNECT ON DATABASE {closed} TO public", "DROP OWNED BY reader_e2e")
        postgres.run("DROP ROLE reader_e2e")


@pytest.mark.server
def test_mariadb_without_a_grant_is_accounted_for(
    mariadb: mariadb.Server, schema: Callable[..., str], write: Write, ask: Ask, strabo: Strabo
) -> None:
    name = schema("grants_e2e", "CREATE TABLE t (a int)", "CREATE VIEW v AS SELECT a FROM t")
    mariadb.run("CREATE USER narrow@'127.0.0.1' IDENTIFIED BY 'n'", f"GRANT SELECT ON {name}.* TO narrow@'127.0.0.1'")
    try:
        config = {"host": mariadb.host, "port": mariadb.port, "user": "narrow", "password": "n"}
        path = write("s.yaml", source={"type": "mysql", "config": {**config, "databases": [name]}})
        done = ask("ingest", str(path))
        assert (done["status"], done["reconciles"], done["failed"]) == ("succeeded", True, 0)
        (reason,) = [r for r in done["reasons"] if "SHOW VIEW" in (r["fix"] or "")]
        assert reason["state"] == "skipped"
        said = strabo("test", str(path), code=1)
        assert "GRANT SELECT, SHOW VIEW ON" in said.out
        assert "grants_e2e" in said.out
    finally:
        mariadb.run("DROP USER narrow@'127.0.0.1'")
