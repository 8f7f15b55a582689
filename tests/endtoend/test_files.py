"""Runs over files: a dry run, the guard, a stage for another machine, an export, a full disk, a record that lies."""

import json
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

Ask = Callable[..., Any]
Strabo = Callable[..., Any]
Write = Callable[..., Path]
Sql = Callable[[str, str], None]

SHOP = """
create table customer (id integer primary key, email text);
create table orders (id integer primary key, customer_id int references customer, amount real);
create table "order ""line"" 日本.語" (a int);
create view revenue as select c.email, sum(o.amount) as total from orders o join customer c on c.id = o.customer_id;
"""


def test_a_dry_run_changes_no_byte_and_says_what_would_be(sql: Sql, ask: Ask, strabo: Strabo, folder: Path) -> None:
    sql("shop.db", SHOP)
    ask("ingest", "shop.db")
    sql("shop.db", "drop view revenue; alter table customer add vat text; create table tax (a)")
    before = strabo("export").out
    seen = (folder / "strabo.db").read_bytes()
    told = ask("ingest", "shop.db", "--dry-run")
    assert (folder / "strabo.db").read_bytes() == seen
    assert strabo("export").out == before
    assert [len(told[key]) for key in ("created", "changed", "retire", "propose")] == [1, 1, 1, 0]
    assert [r["run"] for r in ask("runs")["runs"]] == [1]
    assert ask("ingest", "shop.db")["written"] == 2
    assert ask("ingest", "shop.db", "--dry-run")["changed"] == []


def test_much_that_is_gone_waits_for_a_word(sql: Sql, ask: Ask, strabo: Strabo) -> None:
    sql("big.db", "".join(f"create table t{i} (a);" for i in range(100)))
    ask("ingest", "big.db")
    sql("big.db", "drop table t0; drop table t1; drop table t2; drop table t3; drop table t4")
    assert ask("ingest", "big.db")["retired"] == 5  # five of a hundred are 5 %
    before = strabo("export").out
    sql("big.db", "".join(f"drop table t{i};" for i in range(5, 11)))
    held = ask("ingest", "big.db", code=1)
    assert (held["status"], held["retired"], held["proposed"]) == ("held", 0, 6)
    assert strabo("export").out == before
    assert ask("search", "kind:table")["total"] == 95
    assert ask("runs", "confirm", str(held["run"])) == {"run": held["run"], "retired": 6}
    assert ask("search", "kind:table")["total"] == 89
    assert ask("show", "t7")["live"] is False
    done = ask("ingest", "big.db")
    assert (done["status"], done["written"], done["retired"]) == ("succeeded", 0, 0)


def test_staged_here_and_loaded_there_is_the_same(sql: Sql, write: Write, ask: Ask, strabo: Strabo) -> None:
    sql("shop.db", SHOP)
    source = {"type": "sqlite", "config": {"path": "shop.db", "namespace": "sqlite://shop"}}
    steps = [{"type": "sql_lineage"}, {"type": "add", "config": {"rules": [{"match": "*order*", "tags": ["sales"]}]}}]
    direct = write("direct.yaml", name="shop", source=source, processors=steps)
    staged = write(
        "staged.yaml",
        name="shop",
        source=source,
        processors=steps,
        stage={"type": "file", "config": {"path": "out.jsonl.zst"}},
    )
    ask("--catalog", "a.db", "ingest", str(direct))
    ask("--catalog", "edge.db", "ingest", str(staged))
    assert ask("--catalog", "edge.db", "search", "kind:table")["total"] == 0  # it only staged
    loaded = ask("--catalog", "b.db", "load", "out.jsonl.zst")
    assert (loaded["feed"], loaded["status"]) == ("shop", "succeeded")
    assert strabo("--catalog", "a.db", "export").out == strabo("--catalog", "b.db", "export").out
    for line in (["search", "order"], ["lineage", "revenue", "--columns"], ["impact", "customer.email"]):
        one, other = (ask("--catalog", path, *line) for path in ("a.db", "b.db"))
        assert one == other
    assert ask("--catalog", "b.db", "load", "out.jsonl.zst")["written"] == 0
    # What is gone from the next file is gone there, too: the file closes its scope.
    sql("shop.db", "drop view revenue")
    ask("--catalog", "edge.db", "ingest", str(staged))
    assert ask("--catalog", "b.db", "load", "out.jsonl.zst")["retired"] == 1


def test_an_export_fills_another_catalog(sql: Sql, ask: Ask, strabo: Strabo, folder: Path) -> None:
    sql("shop.db", SHOP)
    ask("ingest", "shop.db")
    written = ask("export", "--output", "all.jsonl.zst")
    loaded = ask("--catalog", "copy.db", "load", "all.jsonl.zst")
    assert loaded["records"] == written["records"]
    assert strabo("--catalog", "copy.db", "export").out == strabo("export").out
    assert (folder / "all.jsonl.zst").read_bytes()[-1:] != b""
    torn = (folder / "all.jsonl.zst").read_bytes()[:-7]
    (folder / "torn.jsonl.zst").write_bytes(torn)
    error = strabo("--catalog", "third.db", "load", "torn.jsonl.zst", "--json", code=2).error
    assert "torn.jsonl.zst" in error["where"] + error["what"]
    assert error["fix"]


def table(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "dataset", "ref": {"namespace": "crm://x", "name": name}, **more}


def test_a_record_that_contradicts_its_schema_costs_only_itself(ask: Ask, strabo: Strabo, folder: Path) -> None:
    records = [
        table("good"),
        table("bad", columns="three"),
        table("worse", colums=[]),
        {"type": "datset"},
        table("fine"),
    ]
    (folder / "crm.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    config = {"type": "records", "config": {"path": "crm.jsonl"}}
    (folder / "crm.yaml").write_text(json.dumps({"source": config}), encoding="utf-8")
    told = ask("ingest", "crm.yaml", code=1)
    reasons = " ".join(f"{r['part']} {r['reason']}" for r in told["reasons"])
    for words in ("line 2", "columns", "line 3", "colums", "line 4", "datset"):
        assert words in reasons
    assert told["written"] == 2
    assert ask("search", "kind:table")["total"] == 2


def test_what_a_line_that_is_no_record_may_have_said_is_not_gone(ask: Ask, folder: Path) -> None:
    closed = {"type": "scope_complete", "ref": {"namespace": "crm://x", "name": "s"}}

    def load(*records: dict[str, Any], code: int = 0) -> Any:
        (folder / "crm.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
        return ask("load", "crm.jsonl", code=code)

    load(table("s.good"), table("s.bad"), closed)
    told = load(table("s.good"), table("s.bad", columns="three"), closed, code=1)
    assert (told["failed"], told["retired"], told["unchanged"]) == (1, 0, 1)
    assert any(r["reason"].startswith("line 2: ") and "$.columns" in r["reason"] for r in told["reasons"])
    assert ask("show", "s.bad")["live"] is True
    assert load(table("s.good"), closed)["retired"] == 1


LIAR = '''
from strabo.model.records import Column, Dataset, ScopeComplete
from strabo.model.ref import Ref


class Liar:
    """Tells three tables, one of which is none."""

    def read(self):
        for name, columns in (("a", (Column(name="x"),)), ("b", ("no column",)), ("c", ())):
            yield Dataset(ref=Ref("liar://x", f"s.{name}"), columns=columns)
        yield ScopeComplete(ref=Ref("liar://x", "s"))


class Dies(Liar):
    """Ends with an error that nobody expected."""

    def read(self):
        for record in super().read():
            yield record
            raise ZeroDivisionError("no such luck")
'''


def test_a_python_source_that_lies_is_accounted_for(write: Write, ask: Ask, strabo: Strabo, folder: Path) -> None:
    (folder / "liar.py").write_text(LIAR, encoding="utf-8")
    path = write("liar.yaml", source={"type": "liar:Liar"})
    told = ask("ingest", str(path), code=1)
    assert (told["listed"], told["written"], told["failed"], told["reconciles"]) == (3, 2, 1, True)
    (reason,) = [r for r in told["reasons"] if r["state"] == "failed"]
    assert reason["examples"] == ["liar://x/s.b"]
    path = write("dies.yaml", source={"type": "liar:Dies"})
    error = strabo("ingest", str(path), code=4).err
    assert "ZeroDivisionError: no such luck" in error
    assert ask("runs")["runs"][0]["exit_code"] == 4


def test_a_full_disk_loses_nothing(sql: Sql, ask: Ask, strabo: Strabo, folder: Path) -> None:
    sql("shop.db", SHOP)
    ask("ingest", "shop.db")
    before = strabo("export").out
    sql(
        "wide.db", "".join(f"create table t{i} ({', '.join(f'c{i}_{j} text' for j in range(30))});" for i in range(300))
    )

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))

    done = strabo("ingest", "wide.db", "--json", code=3, preexec_fn=limited)
    assert "strabo.db" in done.err
    assert done.error["fix"]
    assert strabo("export").out == before
    findings = {f["name"]: f["ok"] for f in ask("doctor", code=1)["findings"]}
    assert findings["catalog file"] is True
    assert findings["newest run of each feed"] is False
    assert ask("ingest", "wide.db")["written"] == 301
    assert {r["status"] for r in ask("runs", "--feed", "wide")["runs"]} <= {"succeeded", "failed", "lost"}
    assert len(ask("runs", "--feed", "wide")["runs"]) == 2
