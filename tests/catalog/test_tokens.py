"""Tokens: shown once, kept as a hash, gone when revoked."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.catalog import tokens
from strabo.catalog.door import Door
from strabo.catalog.times import length
from strabo.catalog.tokens import Tokens, Uses
from strabo.errors import NotFound, UsageError
from strabo.store.memory import MemoryStore
from strabo.store.sqlite import SqliteStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "c.db")
    yield store
    store.close()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_token_is_known_by_its_text_and_the_catalog_cannot_show_it(store: SqliteStore, tmp_path: Path) -> None:
    token, text = tokens.create(store, "ann", ["edit", "read"], expires=timedelta(days=90), actor="root@desk")
    assert text.startswith("stb_" + token.id)
    assert len(text) == 47
    assert token.rights == ("read", "edit")
    assert token.expires_at is not None
    assert abs(token.expires_at - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=1)
    assert Tokens(store).check(text) == (token, "")
    assert [t.name for t in tokens.listed(store)] == ["ann"]
    store.close()
    for file in tmp_path.iterdir():
        assert text[12:].encode() not in file.read_bytes()


@given(st.text(max_size=60) | st.from_regex(r"stb_[A-Za-z0-9_-]{40,46}\Z"))
def test_nothing_else_is_a_token(text: str) -> None:
    store = MemoryStore()
    tokens.create(store, "ann", ["admin"], actor="x")
    found, why = Tokens(store).check(text)
    assert found is None
    assert text not in why or text in {"", "n", "no", " "} or len(text) < 10


def test_with_the_id_of_another_it_is_wrong(store: SqliteStore) -> None:
    _, ann = tokens.create(store, "ann", ["read"], actor="x")
    _, bob = tokens.create(store, "bob", ["admin"], actor="x")
    kept = Tokens(store)
    assert kept.check(bob[:12] + ann[12:]) == (None, "wrong, with the id of bob")
    assert kept.check(ann[:-1]) == (None, "no token at all")
    assert kept.check(ann + "\n")[0] is None
    assert kept.check("stb_aaaaaaaa" + ann[12:]) == (None, "unknown")


def test_a_revoked_token_ends_within_two_seconds_and_an_expired_one_at_once(store: SqliteStore) -> None:
    clock = Clock()
    kept = Tokens(store, clock=clock)
    token, text = tokens.create(store, "ann", ["read"], actor="x")
    assert kept.check(text)[0] == token
    assert tokens.revoke(store, "ann", actor="y").id == token.id
    clock.now += 1.9
    assert kept.check(text)[0] == token
    clock.now += 0.2
    assert kept.check(text) == (None, f"revoked: ann ({token.id})")
    short, text = tokens.create(store, "bob", ["read"], expires=timedelta(microseconds=1), actor="x")
    clock.now += 0.2  # what is not known is looked for again much sooner
    time.sleep(0.001)
    assert kept.check(text) == (None, f"expired: bob ({short.id})")


def test_that_tokens_are_wanted_outlasts_the_last_one(store: SqliteStore) -> None:
    clock = Clock()
    kept = Tokens(store, clock=clock)
    assert not kept.wanted
    assert not tokens.in_use(store)
    tokens.create(store, "ann", ["read"], expires=timedelta(microseconds=1), actor="x")
    clock.now += 3
    assert kept.wanted  # though it has expired
    tokens.revoke(store, "ann", actor="x")
    clock.now += 3
    assert kept.wanted
    assert not Tokens(store).wanted
    assert not tokens.in_use(store)


@pytest.mark.parametrize(
    "name", ["", "-x", "local", "anyone", "ann@desk", "a b", "\u202eann", "x" * 65, "a\n", "日本", "stb_x"]
)
def test_a_name_cannot_pass_for_another(store: SqliteStore, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a token's name"):
        tokens.create(store, name, ["read"], actor="x")


def test_what_cannot_be_is_refused(store: SqliteStore) -> None:
    tokens.create(store, "ann", ["read"], actor="x")
    with pytest.raises(UsageError, match="already") as caught:
        tokens.create(store, "ann", ["admin"], actor="x")
    assert "token revoke ann" in caught.value.fix
    with pytest.raises(UsageError, match="without a right"):
        tokens.create(store, "bob", [], actor="x")
    with pytest.raises(UsageError, match="no regular expression"):
        tokens.create(store, "bob", ["ingest"], feeds=["/(/"], actor="x")
    with pytest.raises(UsageError, match="matches nothing"):
        tokens.create(store, "bob", ["ingest"], namespaces=[""], actor="x")
    with pytest.raises(UsageError, match="expired already"):
        tokens.create(store, "bob", ["read"], expires=timedelta(0), actor="x")
    with pytest.raises(UsageError, match="too far away"):
        tokens.create(store, "bob", ["read"], expires=length("999999999y"), actor="x")
    with pytest.raises(NotFound, match="no token 'bob'"):
        tokens.revoke(store, "bob", actor="x")
    assert len(store.writes(before=None, limit=9)) == 1


def test_a_name_is_free_again_when_its_token_is_revoked_or_expired(store: SqliteStore) -> None:
    tokens.create(store, "ann", ["read"], expires=timedelta(microseconds=1), actor="x")
    time.sleep(0.001)
    second, _ = tokens.create(store, "ann", ["read"], actor="x")
    assert len(tokens.listed(store)) == 2
    assert tokens.revoke(store, "ann", actor="y").id == second.id
    assert tokens.listed(store) == []
    assert [t.state() for t in tokens.listed(store, revoked=True)] == ["revoked", "revoked"]
    with pytest.raises(NotFound):
        tokens.revoke(store, second.id, actor="y")


def test_every_change_has_an_author(store: SqliteStore) -> None:
    token, text = tokens.create(store, "ann", ["read"], actor="root@desk", origin="10.0.0.1")
    tokens.revoke(store, token.id, actor="bob")
    said = [(m.actor, m.origin, m.what) for m in store.writes(before=None, limit=9)]
    assert said == [
        ("bob", "", f"token revoke {token.id}"),
        ("root@desk", "10.0.0.1", f"token create ann ({token.id})"),
    ]
    assert all(text[12:] not in what for _, _, what in said)


def test_use_is_written_once_a_minute_for_all(store: SqliteStore) -> None:
    clock = Clock()
    ann, _ = tokens.create(store, "ann", ["read"], actor="x")
    bob, _ = tokens.create(store, "bob", ["read"], actor="x")
    door = Door(store)
    uses = Uses(door, clock=clock)
    before = len(store.writes(before=None, limit=99))
    for _ in range(50):
        uses.saw(ann.id)
        uses.saw(bob.id)
        clock.now += 1
    clock.now += 61
    uses.saw(ann.id)
    uses.saw(bob.id)
    uses.flush()
    door.close()
    uses.saw(ann.id)
    assert 1 <= len(store.writes(before=None, limit=99)) - before <= 3
    assert all(t.used_at is not None for t in tokens.listed(store))


@pytest.mark.parametrize(("text", "days"), [("90d", 90), ("24h", 1), ("2w", 14), ("1Y", 365), (" 1440 m", 1)])
def test_a_length_of_time(text: str, days: int) -> None:
    assert length(text) == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "d", "90", "-1d", "1.5d", "9" * 10 + "d", "٣d", "90d\n1"])
def test_no_length_of_time(text: str) -> None:
    with pytest.raises(UsageError, match="no length of time"):
        length(text)


def test_a_token_that_was_found_somewhere_is_revoked_by_its_text(store: SqliteStore) -> None:
    token, text = tokens.create(store, "ann", ["read"], actor="x")
    assert tokens.hidden(f"GET /?token={text} {text[:15]}") == f"GET /?token=stb_{token.id}… {text[:15]}"
    assert tokens.revoke(store, text, actor="x").id == token.id
    with pytest.raises(NotFound, match=token.id) as caught:
        tokens.revoke(store, text, actor="x")
    with pytest.raises(NotFound) as half:
        tokens.revoke(store, text[:-1], actor="x")
    assert text[12:40] not in str(caught.value) + str(half.value)
    assert store.writes(before=None, limit=1)[0].what == f"token revoke {token.id}"
