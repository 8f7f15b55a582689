"""`strabo audit` and `strabo hosts`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import Result

from strabo.catalog.actor import here

Run = Callable[..., Result]
Ask = Callable[..., Any]


def test_the_audit_says_who_ran_what(filled: Path, run: Run, ask: Ask) -> None:
    run("token", "create", "ann", "--right", "read")
    run("hosts", "map", "postgres://a", "postgres://b")
    text = run("audit").stdout
    lines = text.splitlines()
    assert lines[0].split() == ["AT", "ACTOR", "WHAT", "FEED", "BEGAN", "ENDED"]
    assert "hosts map postgres://a:5432 postgres://b:5432" in lines[1]
    assert "token create ann" in lines[2]
    assert "run 1" in lines[3]
    assert all(here() in line for line in lines[1:])
    found = ask("audit", "--limit", "2")
    assert (len(found["writes"]), found["complete"]) == (2, False)
    assert ask("audit", "--actor", here(), "--since", "1h")["complete"] is True
    assert ask("audit", "--actor", "nobody")["writes"] == []
    assert "there are more" in run("audit", "--limit", "1").stderr
    assert "no writes" in run("audit", "--since", "now").stderr
    assert "is no time" in run("audit", "--since", "soonish", code=2).stderr
    assert "is no pattern" in run("audit", "--actor", "/(/", code=2).stderr


def test_hosts_are_mapped_and_let_go(folder: Path, run: Run, ask: Ask) -> None:
    run("hosts", code=2)  # there is no catalog
    done = run("hosts", "map", "postgresql://u:secret@10.0.0.5", "postgres://DB.internal")
    assert done.stdout == "postgres://10.0.0.5:5432 is taken for postgres://db.internal:5432\n"
    assert ask("hosts") == {"hosts": {"postgres://10.0.0.5:5432": "postgres://db.internal:5432"}}
    assert "IS TAKEN FOR" in run("hosts").stdout
    refused = run("hosts", "map", "postgres://db.internal", "postgres://10.0.0.5", code=2).stderr
    assert "already taken for" in refused
    assert "`strabo hosts unmap postgres://10.0.0.5:5432` first" in refused
    assert run("hosts", "unmap", "postgres://10.0.0.5").stdout == "postgres://10.0.0.5:5432 stands for itself\n"
    assert "no names are mapped" in run("hosts").stderr
    gone = run("hosts", "unmap", "postgres://u:secret@10.0.0.5", code=2).stderr
    assert "is not mapped" in gone
    assert "secret" not in gone + run("audit").stdout


def test_what_is_there_under_the_other_name_is_told(filled: Path, run: Run) -> None:
    done = run("hosts", "map", f"sqlite://{filled}/shop.db", "sqlite:///elsewhere.db")
    assert "objects are there under the other name" in done.stderr
