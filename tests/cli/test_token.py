"""`strabo token`: made, listed, revoked; shown once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import Result

Run = Callable[..., Result]
Ask = Callable[..., Any]


def test_made_listed_revoked(folder: Path, run: Run) -> None:
    made = run("token", "create", "ann", "--right", "read", "--right", "edit", "--expires", "90d")
    assert made.stdout.startswith("stb_")
    assert made.stdout.count("\n") == 1  # so that $(…) is the token
    assert "nothing can show it again" in made.stderr
    listed = run("token", "list").stdout
    assert "read, edit" in listed
    assert "never" in listed
    assert made.stdout.strip()[12:] not in listed
    assert "a token 'ann' already" in run("token", "create", "ann", "--right", "read", code=2).stderr
    done = run("token", "revoke", "ann")
    assert "opens nothing any more" in done.stdout
    assert "it was the last" in done.stderr
    assert "there is no token" in run("token", "list").stderr
    assert "revoked" in run("token", "list", "--all").stdout
    assert "no token 'ann' to revoke" in run("token", "revoke", "ann", code=2).stderr


def test_as_json(folder: Path, ask: Ask) -> None:
    made = ask("token", "create", "a.b-c_d", "--right", "ingest", "--feed", "a*", "--namespace", "postgres://*")
    assert made["secret"].startswith("stb_" + made["token"]["id"])
    assert "@" in made["token"]["made_by"]
    listed = ask("token", "list")["tokens"]
    assert [(t["name"], t["state"], t["feeds"], t["namespaces"]) for t in listed] == [
        ("a.b-c_d", "live", ["a*"], ["postgres://*"])
    ]
    gone = ask("token", "revoke", made["token"]["id"])
    assert gone["revoked_at"]


def test_wrong_words(folder: Path, run: Run) -> None:
    assert (
        "'soon' is no length of time"
        in run("token", "create", "a", "--right", "read", "--expires", "soon", code=2).stderr
    )
    assert "missing option '--right'" in run("token", "create", "a", code=2).stderr
    assert "'fly'" in run("token", "create", "a", "--right", "fly", code=2).stderr
    assert "Make, list and revoke" in run("token").stdout
    assert not (folder / "strabo.db").exists()
    assert "there is no catalog" in run("token", "list", code=2).stderr
