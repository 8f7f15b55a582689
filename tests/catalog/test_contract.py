"""The catalog keeps its promises over both stores."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from strabo.store.memory import MemoryStore
from strabo.store.sqlite import SqliteStore
from strabo.testing.catalog import CatalogContract


class TestOverMemory(CatalogContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


class TestOverSqlite(CatalogContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SqliteStore]:
        store = SqliteStore(tmp_path / "c.db")
        yield store
        assert store.check() == []
        store.close()

    @pytest.fixture
    def another(self, tmp_path: Path) -> Callable[[], SqliteStore]:
        return lambda: SqliteStore(Path(mkdtemp(dir=tmp_path)) / "c.db")
