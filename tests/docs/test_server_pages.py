"""The pages that need a server, followed on a real one of the test's own; a file apart, to run beside the others."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, Reader, blocks

from strabo.testing import mariadb as mariadb_tools
from strabo.testing import postgres as postgres_tools
from strabo.testing.mariadb import mariadb_fixture as mariadb_fixture  # noqa: PLC0414 - a fixture by its other name
from strabo.testing.postgres import postgres_fixture as postgres_fixture  # noqa: PLC0414


@pytest.mark.server
def test_postgres(postgres: postgres_tools.Server, tmp_path: Path) -> None:
    def sql(text: str, options: dict[str, str]) -> None:
        postgres.run(*statements(text), database=options.get("database", "postgres"))

    page = ROOT / "docs" / "how-to" / "connect-postgres.md"
    follow(page, tmp_path, sql, {"db.example": "127.0.0.1", "5432": str(postgres.port)})


@pytest.mark.server
def test_mysql(mariadb: mariadb_tools.Server, tmp_path: Path) -> None:
    def sql(text: str, _: dict[str, str]) -> None:
        mariadb.run(*statements(text))

    page = ROOT / "docs" / "how-to" / "connect-mysql.md"
    follow(page, tmp_path, sql, {"db.example": "127.0.0.1", "3306": str(mariadb.port)})


def follow(page: Path, folder: Path, sql: Callable[[str, dict[str, str]], None], instead: dict[str, str]) -> None:
    """Does what a page says, with the test's server in place of the page's."""

    def changed(text: str) -> str:
        for old, new in instead.items():
            text = text.replace(old, new)
        return text

    reader = Reader(folder, sql)
    for block in blocks(page, changed):
        reader.follow(block)


def statements(text: str) -> list[str]:
    return [part.strip() for part in re.split(r";\s*(?:--[^\n]*)?$", text, flags=re.MULTILINE) if part.strip()]
