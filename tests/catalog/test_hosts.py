"""The mapping of hosts as it is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from strabo.catalog import hosts
from strabo.errors import UsageError
from strabo.model.ref import Ref
from strabo.store.sqlite import SqliteStore

A, B, C = "postgres://10.0.0.5:5432", "postgres://db.internal:5432", "postgres://db:5432"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "c.db")
    yield store
    store.close()


def test_a_mapping_is_kept_and_let_go_and_every_change_has_an_author(store: SqliteStore) -> None:
    assert not hosts.load(store)
    hosts.add(store, "postgresql://u:secret@10.0.0.5", B, actor="ann@desk", origin="10.0.0.9")
    hosts.add(store, C, B, actor="ann@desk")
    assert hosts.load(store).mapping == {A: B, C: B}
    assert hosts.load(store).of(Ref(A, 'shop."a.b"')) == Ref(B, 'shop."a.b"')
    assert hosts.remove(store, "postgres://DB", actor="bob@desk").mapping == {A: B}
    assert hosts.load(store).mapping == {A: B}
    said = [(m.actor, m.origin, m.what) for m in store.writes(before=None, limit=9)]
    assert said[0] == ("bob@desk", "", "hosts unmap postgres://db:5432")
    assert said[-1] == ("ann@desk", "10.0.0.9", f"hosts map {A} {B}")


def test_a_mapping_can_be_changed_and_a_refused_one_leaves_nothing(store: SqliteStore) -> None:
    hosts.add(store, A, B, actor="ann")
    hosts.add(store, A, C, actor="ann")
    assert hosts.load(store).mapping == {A: C}
    with pytest.raises(UsageError, match="would lead on"):
        hosts.add(store, C, B, actor="ann")
    with pytest.raises(UsageError, match="is not mapped"):
        hosts.remove(store, B, actor="ann")
    assert hosts.load(store).mapping == {A: C}
    assert len(store.writes(before=None, limit=9)) == 2
