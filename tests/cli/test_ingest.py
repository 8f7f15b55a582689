"""`ingest`, `test`, `load` and `runs`, against real files."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from strabo.cli.running import worst

Run = Callable[..., Result]
Ask = Callable[..., Any]
Sql = Callable[..., None]
Process = Callable[..., "subprocess.CompletedProcess[str]"]


def test_a_run_says_what_it_did_and_where_it_is_recorded(shop: Path, run: Run) -> None:
    result = run("ingest", "shop.db")
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert lines[0].startswith("shop: succeeded in ")
    assert lines[1] == "  listed 6 = 6 written + 0 unchanged + 0 filtered + 0 skipped + 0 failed"
    assert lines[-1] == "the run is recorded as run 1: strabo runs show 1"
    again = run("ingest", "shop.db").stderr
    assert "listed 6 = 0 written + 6 unchanged" in again


def test_quiet_says_nothing_of_a_good_run(shop: Path, run: Run) -> None:
    assert run("ingest", "shop.db", "--quiet").output == ""
    assert run("--quiet", "ingest", "shop.db").output == ""


def test_json_is_one_line_a_workflow(shop: Path, run: Run, sql: Sql) -> None:
    sql(shop.with_name("crm.db"), "create table lead (a)")
    lines = run("ingest", "shop.db", "crm.db", "--json").stdout.splitlines()
    told = [json.loads(text) for text in lines]
    assert [(t["what"], t["feed"], t["listed"], t["reconciles"]) for t in told] == [
        ("shop.db", "shop", 6, True),
        ("crm.db", "crm", 2, True),
    ]


def test_a_dry_run_lists_and_keeps_nothing(shop: Path, run: Run, ask: Ask, sql: Sql) -> None:
    result = run("ingest", "shop.db", "--dry-run")
    assert result.stdout.startswith("would create 6 objects:\n")
    assert "nothing was kept" in result.stderr
    assert not Path("strabo.db").exists()
    run("ingest", "shop.db", "--quiet")
    sql(shop, "drop view best; alter table customer add column vat text; create table tax (a)")
    told = ask("ingest", "shop.db", "--dry-run")
    assert [[o["ref"]["name"] for o in told[k]] for k in ("created", "changed", "retire", "propose")] == [
        ["tax"],
        ["customer"],
        ["best"],
        [],
    ]
    assert told["changed"][0]["differences"] == [
        {"change": "added", "what": "column vat", "before": None, "after": "TEXT"}
    ]
    assert "    + column vat: TEXT" in run("ingest", "shop.db", "--dry-run").stdout
    assert len(ask("runs")["runs"]) == 1


def test_what_is_gone_is_proposed_then_confirmed(folder: Path, run: Run, ask: Ask, sql: Sql) -> None:
    sql(folder / "big.db", "".join(f"create table t{i} (a);" for i in range(20)))
    run("ingest", "big.db", "--quiet")
    sql(folder / "big.db", "".join(f"drop table t{i};" for i in range(10)))
    planned = run("ingest", "big.db", "--dry-run", code=1).stdout
    assert "would propose to retire 10 objects" in planned
    held = run("ingest", "big.db", code=1).stderr
    assert "10 retirements proposed" in held
    assert "`strabo runs confirm 2`" in held
    assert ask("runs", "confirm", "2") == {"run": 2, "retired": 10}
    refused = run("runs", "confirm", "2", code=2).stderr
    assert "its proposal is no longer open" in refused
    sql(folder / "big.db", "".join(f"drop table t{i};" for i in range(11, 20)))
    run("ingest", "big.db", "--confirm")
    assert ask("runs", "show", "3")["retired"] == 9


def test_limit_and_feed(shop: Path, run: Run, ask: Ask) -> None:
    assert ask("ingest", "shop.db", "--limit", "2", "--feed", "part")["feed"] == "part"
    assert ask("runs", "--feed", "part")["runs"][0]["listed"] <= 3
    assert "--feed names one feed" in run("ingest", "shop.db", "shop.db", "--feed", "x", code=2).stderr


def test_the_worst_exit_code_wins_and_the_others_run(shop: Path, run: Run, ask: Ask) -> None:
    result = run("ingest", "nowhere.yaml", "shop.db", code=2)
    assert "nowhere.yaml" in result.stderr
    assert "shop: succeeded" in result.stderr
    assert len(ask("runs")["runs"]) == 1


def test_the_order_of_exit_codes() -> None:
    assert worst([]) == 0
    assert worst([0, 1, 0]) == 1
    assert worst([1, 3]) == 3
    assert worst([3, 2, 1]) == 2
    assert worst([2, 4]) == 4
    assert worst([4, 130]) == 130


# --- what may be wrong


def test_every_problem_of_a_workflow_is_shown_before_a_catalog_is_made(folder: Path, run: Run) -> None:
    Path("bad.yaml").write_text(
        "source:\n  type: sqlite\n  config:\n    pth: shop.db\nprocesors: []\n", encoding="utf-8"
    )
    text = run("ingest", "bad.yaml", code=2).stderr
    assert "bad.yaml:4" in text
    assert "did you mean path" in text
    assert "did you mean processors" in text
    assert not Path("strabo.db").exists()


def test_an_unknown_plugin_gets_a_guess(folder: Path, run: Run) -> None:
    Path("bad.yaml").write_text("source: {type: postgress}\n", encoding="utf-8")
    assert "did you mean postgres" in run("ingest", "bad.yaml", code=2).stderr
    assert "no source reads oracel:// URLs" in run("test", "oracel://x", code=2).stderr


def test_a_database_is_no_catalog(shop: Path, run: Run) -> None:
    for line in (["search", "x"], ["ingest", "shop.db"]):
        text = run("--catalog", "shop.db", *line, code=2).stderr
        assert "no Strabo catalog" in text
        assert "try: name another with --catalog" in text
    Path("note.txt").write_text("hello, this is no database at all", encoding="utf-8")
    assert "no Strabo catalog" in run("search", "x", "--catalog", "note.txt", code=2).stderr


@pytest.mark.parametrize(
    "line", [["search", "x"], ["show", "x"], ["runs"], ["diff"], ["export"], ["history", "x"], ["lineage", "x"]]
)
def test_no_catalog_yet(line: list[str], run: Run) -> None:
    text = run(*line, code=2).stderr
    assert text.startswith("error: there is no catalog at strabo.db")
    assert "`strabo ingest` makes one" in text
    assert not Path("strabo.db").exists()


def test_a_host_that_does_not_answer(folder: Path, run: Run, ask: Ask) -> None:
    url = "postgresql://reader:hunter2@127.0.0.1:1/shop"
    for result in (run("test", url, code=3), run("ingest", url, code=3)):
        assert "Connection refused" in result.stderr
        assert "try: " in result.stderr
        assert "hunter2" not in result.output
    told = ask("runs")["runs"][0]
    assert (told["status"], told["exit_code"]) == ("failed", 3)
    assert "hunter2" not in json.dumps(told)


def test_a_missing_driver_says_how_to_install_it(folder: Path) -> None:
    code = (
        "import sys\nsys.modules['psycopg'] = None\nfrom strabo.cli.app import app\n"
        "app.main(['test', 'postgresql://localhost/x'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "needs 'psycopg', which is not installed" in done.stderr
    assert "try: pip install 'strabo[postgres]'" in done.stderr


# --- test


def test_test_of_a_database_file(shop: Path, run: Run, ask: Ask) -> None:
    told = ask("test", "shop.db")
    assert told["ok"] is True
    assert {"name", "ok"} <= set(told["capabilities"][0])
    text = run("test", "shop.db")
    assert text.stdout.splitlines()[0].split() == ["STATE", "WHAT", "DETAIL"]
    assert not Path("strabo.db").exists()


def test_what_is_missing_is_exit_1_and_says_what_to_do(folder: Path, run: Run, sql: Sql) -> None:
    sql(folder / "new.db", "create view broken as select * from gone")
    result = run("test", "new.db", code=1)
    assert "MISSING" in result.stdout
    assert "to do:" in result.stdout


# --- runs


def test_runs_and_every_object_of_one(filled: Path, run: Run, ask: Ask) -> None:
    lines = run("runs").stdout.splitlines()
    assert lines[0].split()[:3] == ["RUN", "FEED", "STATUS"]
    assert lines[1].split()[:3] == ["1", "shop", "succeeded"]
    objects = ask("runs", "show", "1", "--objects")["objects"]
    assert {o["state"] for o in objects} == {"written"}
    assert len(objects) == 6
    assert ask("runs", "show", "1", "--state", "failed")["objects"] == []
    assert len(ask("runs", "show", "1", "--objects", "--limit", "2")["objects"]) == 2
    assert "written   sqlite://" in run("runs", "show", "1", "--objects").stdout
    assert "there is no run 9" in run("runs", "show", "9", code=2).stderr


def test_no_runs_yet(filled: Path, run: Run) -> None:
    assert run("runs", "--feed", "nobody").stderr == "no runs yet\n"


# --- load and export


def test_an_export_loads_again_and_says_the_same(filled: Path, run: Run, ask: Ask) -> None:
    assert ask("export", "--output", "all.jsonl.zst")["output"] == "all.jsonl.zst"
    run("--catalog", "copy.db", "load", "all.jsonl.zst", "--feed", "copy")
    assert run("export").stdout_bytes == run("export", "--catalog", "copy.db").stdout_bytes
    Path("plain.jsonl").write_bytes(run("export").stdout_bytes)
    assert ask("--catalog", "third.db", "load", "plain.jsonl")["feed"] == "plain"
    assert run("export", "--catalog", "third.db").stdout_bytes == run("export").stdout_bytes


def test_a_damaged_file_is_refused_whole(filled: Path, run: Run) -> None:
    run("export", "-o", "all.jsonl")
    data = Path("all.jsonl").read_bytes()
    Path("all.jsonl").write_bytes(data[: len(data) // 2])
    text = run("--catalog", "copy.db", "load", "all.jsonl", code=2).stderr
    assert "the file is cut off" in text
    assert "no such" not in text
    assert run("load", "nothing.jsonl", "--catalog", "other.db", code=2).stderr.startswith("error: ")
    assert not Path("other.db").exists()


def test_export_within(filled: Path, run: Run) -> None:
    records = [json.loads(text) for text in run("export", "--within", "orders").stdout.splitlines()]
    assert {r["ref"]["name"] for r in records} == {"orders"}


def test_standard_input_is_loaded_packed_or_not(filled: Path, run: Run, ask: Ask) -> None:
    run("export", "-o", "all.jsonl.zst")
    for at, data in enumerate((run("export").stdout_bytes, Path("all.jsonl.zst").read_bytes())):
        run("--catalog", f"copy{at}.db", "load", "-", "--feed", "piped", input=data)
        assert run("export", "--catalog", f"copy{at}.db").stdout_bytes == run("export").stdout_bytes
    assert ask("runs", "--catalog", "copy0.db")["runs"][0]["feed"] == "piped"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:hunter2@[bad/x", "cannot be taken apart"),
        ("postgresql://u:hun/ter2@127.0.0.1:1/x", "cannot be taken apart"),
        ("postgresql://u:hun@ter2@127.0.0.1:1/x", "cannot be taken apart"),
        ("postgres//u:hunter2@h/x", "neither a file nor a URL"),
    ],
)
def test_a_url_with_a_slip_in_it_shows_no_password(url: str, said: str, run: Run) -> None:
    for command in ("test", "ingest"):
        result = run(command, url, code=2)
        assert said in result.stderr
        assert "hunter2" not in result.output
        assert "ter2" not in result.output
        assert "hun" not in result.output
    assert not Path("strabo.db").exists()


def test_an_export_never_replaces_a_pipe_and_a_full_disk_is_no_bug(filled: Path, run: Run, ask: Ask) -> None:
    os.mkfifo("pipe")
    with subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE) as reader:
        written = ask("export", "-o", "pipe")["records"]
        got, _ = reader.communicate(timeout=10)
    assert len(got.splitlines()) == written
    assert Path("pipe").is_fifo()
    if Path("/dev/full").is_char_device():
        shell = f"{sys.executable} -c 'from strabo.cli import main; main()' export > /dev/full"
        done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
        assert done.returncode == 3
        assert done.stderr.startswith("error: cannot be written: No space left on device")
        assert "Exception ignored" not in done.stderr
