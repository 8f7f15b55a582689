"""Every golden/<feature>/<dialect>.sql: cases apart by an empty line, answers in the .txt beside it.

A new case is a line of comment that names it, its SQL, and an empty line. `pytest --update-golden` writes the answers
anew; read the difference.
"""

from pathlib import Path

import pytest
from tests.sql.rendering import ask, rendered

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*/*.sql"))
PLACED = {"scripts", "procedures", "dynamic", "templates"}  # features whose answers say where each statement begins


def cases_of(path: Path) -> list[str]:
    return [case.strip() for case in path.read_text(encoding="utf-8").split("\n\n") if case.strip()]


def answers(path: Path) -> str:
    cases = cases_of(path)
    dialect = path.stem.partition("_")[0]
    placed = path.parent.name in PLACED
    answered = (f"{case}\n---\n{rendered(ask(case, dialect), placed=placed)}" for case in cases)
    return "\n\n".join(answered) + "\n"


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_golden(path: Path, update_golden: bool) -> None:
    found = answers(path)
    expected = path.with_suffix(".txt")
    if update_golden:
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


def test_there_are_enough_of_them() -> None:
    assert sum(len(cases_of(path)) for path in GOLDEN) >= 1000
    assert {path.stem.partition("_")[0] for path in GOLDEN} >= {"sqlite", "duckdb", "postgres", "mysql"}
