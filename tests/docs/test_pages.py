"""The reader of pages is not to be fooled: what is not so fails."""

from pathlib import Path

import pytest
from tests.docs.pages import Block, Reader

from strabo.errors import UsageError


def block(language: str, text: str, **options: str) -> Block:
    return Block("page.md", 1, language, options, text)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "$ echo one; echo two\none\ntwo\n",
        "$ echo 'a   b'\na b\n",  # widths of columns
        "$ echo one; echo two; echo three\n...\nthree\n",
        "$ echo one; echo two\none\n...\n",
        "$ echo took 2.5 s at 2026-11-01 10:00:00\ntook 0.1 s at 2025-01-01 00:00:00\n",
        "$ echo shop 123 tables\nshop … tables\n",
        "$ pwd\n/home/you\n",
        "$ export SAID=yes\n$ echo $SAID\nyes\n",
        "$ echo whatever\n",
        "$ printf 'one\\ntwo' |\n> tail -n 1\ntwo\n",
    ],
)
def test_what_is_so_passes(reader: Reader, text: str) -> None:
    reader.follow(block("console", text))


@pytest.mark.parametrize(
    "text",
    [
        "$ echo one\ntwo\n",
        "$ echo one; echo two\none\n",
        "$ echo one; echo two\n...\none\n",
        "$ echo 3 tables\n4 tables\n",
        "$ echo a.b\na+b\n",
        "$ false\n",
        "$ echo one >&2; exit 3\none\n",
        "one\n",
    ],
)
def test_what_is_not_so_fails(reader: Reader, text: str) -> None:
    with pytest.raises(AssertionError):
        reader.follow(block("console", text))


def test_an_exit_code_that_is_expected_must_come(reader: Reader) -> None:
    reader.follow(block("console", "$ exit 3\n", exit="3"))
    with pytest.raises(AssertionError, match="exit code 0"):
        reader.follow(block("console", "$ true\n", exit="3"))


def test_a_workflow_with_a_wrong_setting_fails(reader: Reader) -> None:
    with pytest.raises(UsageError, match="pth"):
        reader.follow(block("yaml", "name: x\nsource: {type: sqlite, config: {pth: x.db}}\n"))


def test_python_that_is_wrong_fails(reader: Reader) -> None:
    reader.follow(block("python", "x = 1\n"))
    reader.follow(block("python", "assert x == 1\n"))
    with pytest.raises(AssertionError):
        reader.follow(block("python", "assert x == 2\n"))


def test_sql_without_a_server_fails(reader: Reader) -> None:
    with pytest.raises(AssertionError, match="no server"):
        reader.follow(block("sql", "SELECT 1;\n"))
