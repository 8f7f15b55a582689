"""Both stores keep the promises of the protocol."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from strabo.store.memory import MemoryStore
from strabo.store.sqlite import SqliteStore
from strabo.testing.store import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()

    @pytest.fixture
    def impatient(self) -> MemoryStore:
        return MemoryStore(patience=0.05)


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SqliteStore]:
        store = SqliteStore(tmp_path / "it's a catalog.db")
        yield store
        assert store.check() == []
        store.close()

    @pytest.fixture
    def impatient(self, tmp_path: Path) -> Iterator[SqliteStore]:
        store = SqliteStore(tmp_path / "c.db", patience=0.05)
        yield store
        store.close()
