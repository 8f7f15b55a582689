"""`strabo sql`: every form of answer, every place where schemas come from, and what bad input gets."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strabo.cli import sql_text
from strabo.cli.sql_schemas import of_file
from strabo.sql.names import TableName

Run = Callable[..., Result]

SQL = """create view v as
select o.id, sum(o.amount) as total from orders o join customers c on c.id = cid where vip group by 1;
insert into t (a, b) select x, y from s;
"""


@pytest.fixture
def script(folder: Path) -> Path:
    (folder / "q.sql").write_text(SQL)
    return folder / "q.sql"


def test_a_table_for_people(run: Run, script: Path) -> None:
    assert run("sql", "q.sql", "-d", "postgres").stdout.splitlines()[-6:] == [
        "3:1  insert t",
        "  reads s (guessed)",
        "  COLUMN  FROM  HOW       SURE",
        "  a       s.x   identity  guessed",
        "  b       s.y   identity  guessed",
        "  unknown: 3:39: no schema for s",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("s.yaml", "orders: [id, amount, cid]\nshop:\n  customers: {id: int, vip: bool}\ns:\n"),
        ("s.json", '{"shop.orders": ["id", "amount", "cid"], "shop.customers": [{"name": "id"}, {"name": "vip"}]}'),
        ("s.toml", 'orders = ["id", "amount", "cid"]\ncustomers = ["id", "vip"]\n'),
        ("s.sql", "create table orders (id int, amount int, cid int); create table customers (id int, vip bool);"),
    ],
)
def test_schemas_make_sure(run: Run, script: Path, name: str, text: str) -> None:
    Path(name).write_text(text)
    said = json.loads(run("sql", "q.sql", "-d", "postgres", "--schema", name, "--json").stdout)
    (view, _) = said["statements"]
    (flow,) = view["flows"]
    assert "unknown" not in view
    assert [(c["source"], c["target"], c["how"]) for c in flow["columns"]] == [
        ("id", "id", "identity"),
        ("amount", "total", "aggregation"),
    ]
    assert not any("guessed" in c for c in flow["columns"])


def test_the_catalog_is_a_schema(run: Run, filled: Path) -> None:
    text = "select country, o.* from orders o join customer c on c.id = customer_id"
    Path("q.sql").write_text(text)
    said = json.loads(run("sql", "q.sql", "-d", "sqlite", "-s", "catalog", "--format", "json").stdout)
    (statement,) = said["statements"]
    assert [c["target"] for c in statement["flows"][0]["columns"]] == ["country", "id", "customer_id", "amount"]
    made = json.loads(
        run(
            "sql", "-", "-d", "sqlite", "-s", "catalog", "--format", "openlineage", input=f"create table x as {text}"
        ).stdout
    )
    assert {d["name"] for d in made["inputs"]} == {"orders", "customer"}
    assert all(d["namespace"].startswith("sqlite://") for d in made["inputs"])


def test_a_name_that_two_objects_have_is_said_to_be_so(run: Run, filled: Path) -> None:
    record = {"type": "dataset", "ref": {"namespace": "sqlite:///other.db", "name": "orders"}}
    Path("more.jsonl").write_text(json.dumps(record) + "\n")
    run("load", "more.jsonl", "--feed", "more")
    Path("q.sql").write_text("select * from orders")
    result = run("sql", "q.sql", "-d", "sqlite", "-s", "catalog")
    assert "could be 2 objects" in result.stderr
    sure = run("sql", "q.sql", "-d", "sqlite", "-s", "catalog", "--namespace", "sqlite:///other.db")
    assert "could be" not in sure.stderr
    assert "no schema" in sure.stdout, "it is there, and nobody knows its columns"


def test_mermaid(run: Run, script: Path) -> None:
    drawn = run("sql", "q.sql", "--format", "mermaid").stdout
    assert drawn.startswith("flowchart LR\n")
    assert '-->|"id ← id guessed, total ← amount (aggregation) guessed"|' in drawn
    Path("r.sql").write_text("select a from t")
    assert "(result)" in run("sql", "r.sql", "--format", "mermaid").stdout
    Path("r.sql").write_text("")
    assert run("sql", "r.sql", "--format", "mermaid").stdout == "flowchart LR\n"


def test_openlineage_facets(run: Run, script: Path) -> None:
    said = json.loads(
        run("sql", "q.sql", "-d", "postgres", "--format", "openlineage", "--namespace", "postgresql://DB").stdout
    )
    assert said["inputs"][0] == {"namespace": "postgres://db:5432", "name": "orders"}
    (view, _) = said["outputs"]
    facet = view["facets"]["columnLineage"]
    assert facet["_schemaURL"].endswith("ColumnLineageDatasetFacet")
    (field,) = facet["fields"]["total"]["inputFields"]
    assert field == {
        "namespace": "postgres://db:5432",
        "name": "orders",
        "field": "amount",
        "transformations": [{"type": "DIRECT", "subtype": "AGGREGATION"}],
    }
    assert {t["subtype"] for one in facet["dataset"] for t in one["transformations"]} == {"GROUP_BY", "JOIN"}


def test_a_file_that_is_read_or_written_has_its_place(run: Run, folder: Path) -> None:
    text = "copy t from 's3://lake/raw/t.parquet'"
    said = json.loads(run("sql", "-", "-d", "redshift", "--format", "openlineage", input=text).stdout)
    assert said["inputs"] == [{"namespace": "s3://lake", "name": "raw/t.parquet"}]


def test_what_is_no_sql_is_exit_1_and_the_rest_is_answered(run: Run, folder: Path) -> None:
    result = run("sql", "-", input="select frm (;\nselect a from t", code=1)
    assert "a       t.a" in result.stdout
    assert "1:12: " in result.stdout
    assert "1 statement not read as ansi" in result.stderr
    said = json.loads(run("sql", "-", "--json", input="select frm (;", code=1).stdout)
    assert said["unparsed"][0]["line"] == 1
    drawn = run("sql", "-", "--format", "mermaid", input="select frm (;", code=1)
    assert "warning: 1:12" in drawn.stderr


@pytest.mark.parametrize(
    ("dialect", "text", "said"),
    [
        ("tsql", "SELECT `a` FROM `t`", "try: --dialect bigquery; it reads as "),
        ("mysql", "SELECT TOP 10 [a] FROM [dbo].[t] WITH (NOLOCK)", "try: --dialect tsql\n"),
    ],
)
def test_the_dialect_that_a_text_reads_as_is_named(run: Run, dialect: str, text: str, said: str) -> None:
    assert said in run("sql", "-", "-d", dialect, input=text, code=1).stderr
    assert "try" not in run("sql", "-", "-d", dialect, input="select frm (;", code=1).stderr
    assert "try" not in run("sql", "-", "-d", dialect, "--quiet", input=text, code=1).stderr


@pytest.mark.parametrize(("name", "dialect"), [("PostgreSQL", "postgres"), ("mssql", "tsql"), ("MariaDB", "mysql")])
def test_dialects_have_other_names(run: Run, folder: Path, name: str, dialect: str) -> None:
    assert f"not read as {dialect}\n" in run("sql", "-", "-d", name, input="select frm (;", code=1).stderr


TEXT = "select né from t where x = 'ü'"


@pytest.mark.parametrize(
    ("data", "warned"),
    [
        (TEXT.encode(), ""),
        (TEXT.encode("utf-8-sig"), ""),
        (TEXT.encode("utf-16"), ""),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), ""),
        (TEXT.encode("utf-16-le"), ""),
        (TEXT.encode("utf-16-be"), ""),
        (TEXT.encode("utf-32"), ""),
        (TEXT.encode("latin-1"), "1:9: no UTF-8; read as Windows-1252"),
        (b"-- ok\n" + TEXT.encode() + b" -- \xff", "2:35: 1 bytes are no UTF-8"),
        (b"", ""),
        (b"\x00" * 9, ""),
    ],
)
def test_a_file_may_be_saved_in_other_encodings(run: Run, folder: Path, data: bytes, warned: str) -> None:
    Path("q.sql").write_bytes(data)
    result = run("sql", "q.sql", "-d", "postgres", code=1 if data.startswith(b"\x00\x00\x00\x00") else 0)
    assert ("né" in result.stdout) == bool(data.strip(b"\x00"))
    assert (f"warning: q.sql:{warned}" in result.stderr) if warned else "warning" not in result.stderr


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no file without an end")
def test_a_file_without_an_end_is_not_read_to_its_end(run: Run, folder: Path) -> None:
    assert "more than 4,000,000 characters" in run("sql", "/dev/zero", code=1).stdout


def test_nothing_in_it(run: Run, folder: Path) -> None:
    assert "no statement" in run("sql", "-", input=" -- nothing\n").stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["gone.sql"], "cannot be read"),
        (["q.sql", "--schema", "gone.yaml"], "gone.yaml"),
        (["q.sql", "--schema", "gone.sql"], "cannot be read"),
        (["q.sql", "--schema", "odd.txt"], "cannot tell what kind of file"),
        (["q.sql", "--schema", "list.json"], "no mapping of tables"),
        (["q.sql", "--schema", "text.json"], "t is no mapping of tables"),
        (["q.sql", "--schema", "nameless.json"], "a column of t has no name"),
        (["q.sql", "--dialect", "klingon"], "klingon"),
        (["q.sql", "--schema", "catalog"], "catalog"),
    ],
)
def test_wrong_usage(run: Run, script: Path, args: list[str], said: str) -> None:
    Path("odd.txt").write_text("")
    Path("list.json").write_text("[1]")
    Path("text.json").write_text('{"t": 3}')
    Path("nameless.json").write_text('{"t": [{"type": "int"}]}')
    assert said in run("sql", *args, code=2).stderr


def test_names_that_steer_a_terminal_are_escaped(run: Run, folder: Path) -> None:
    out = run("sql", "-", "-d", "postgres", input='select "\x1b[31m" from "t\u202e.x"').stdout
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_case_and_quotes_of_a_schema_file_are_the_dialects(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text('{"Shop.Orders": ["Id", "\\"Odd Name\\""], "\\"shop\\".\\"a.b\\"": ["x"], "we\\"ird": ["y"]}')
    ask = of_file(str(path), "snowflake")
    found = ask(TableName(("orders",), (False,)))
    assert found is not None
    assert (found.name, found.columns) == (("SHOP", "ORDERS"), ("ID", "Odd Name"))
    assert ask(TableName(("orders",), (True,))) is None
    found = ask(TableName(("a.b",), (True,)))
    assert found is not None
    assert found.name == ("shop", "a.b")
    assert ask(TableName(("db", "Shop", "Orders"), (False, False, False))) is not None, "the file says less of the name"


NAMES = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=5, unique=True)


@given(NAMES, st.sampled_from(["postgres", "snowflake", "mysql", "duckdb", "bigquery"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_name_in_double_quotes_is_found_as_it_is(tmp_path: Path, tables: list[str], dialect: str) -> None:
    path = tmp_path / "s.json"
    quoted = ['"' + name.replace('"', '""') + '"' for name in tables]
    path.write_text(json.dumps({name: [name] for name in quoted}))
    ask = of_file(str(path), dialect)
    for name in tables:
        found = ask(TableName((name,), (True,)))
        same = [other for other in tables if other.lower() == name.lower()]
        assert found is not None or len(same) > 1
        if found is not None and len(same) == 1:
            assert found.name == (name,)


def test_it_loads_neither_the_catalog_nor_a_server(folder: Path) -> None:
    heavy = (
        "strabo.catalog",
        "strabo.store",
        "strabo.ingest",
        "sqlite3",
        "yaml",
        "rich",
        "starlette",
        "strabo.sources",
    )
    code = (
        "import sys\nfrom strabo.cli import main\nsys.argv = ['strabo', 'sql', '-']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(*[m for m in {heavy!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], input="select 1", capture_output=True, text=True, check=True)
    assert done.stderr.split() == []
    assert "select" in done.stdout


def test_every_answer_is_the_same_from_a_file_and_from_a_pipe(run: Run, script: Path) -> None:
    def answers(*args: str, **more: Any) -> list[str]:
        return [run("sql", *args, "--format", form, **more).stdout for form in ("table", "json", "mermaid")]

    assert answers("q.sql") == answers("-", input=SQL)


def test_what_a_script_passes_through_can_be_left_out(run: Run, folder: Path) -> None:
    text = (
        "create temp table t as select id, sum(total) as n from orders group by id; insert into r (a) select n from t"
    )
    (folder / "etl.sql").write_text(text)
    plain = json.loads(run("sql", "etl.sql", "-d", "postgres", "--json").stdout)
    assert [s["kind"] for s in plain["statements"]] == ["create_table_as", "insert"]
    (left,) = json.loads(run("sql", "etl.sql", "-d", "postgres", "--json", "--collapse").stdout)["statements"]
    (flow,) = left["flows"]
    assert [(c["table"], c["source"], c["target"], c["how"]) for c in flow["columns"]] == [
        ("orders", "total", "a", "aggregation")
    ]
    assert "t" not in run("sql", "etl.sql", "-d", "postgres", "--collapse", "--format", "mermaid").stdout.split()


def test_collapse_is_explained(run: Run) -> None:
    assert "--collapse" in run("sql", "--help").stdout


def test_half_a_character_at_the_end_of_what_is_read_is_no_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    data = "select 'ä'".encode()[:9]
    assert sql_text.decoded(data)[1]
    monkeypatch.setattr(sql_text, "_MOST_BYTES", len(data))
    assert sql_text.decoded(data) == ("select '", "")
