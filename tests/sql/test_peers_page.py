"""The page on what others get wrong says what the tests found."""

from tests.docs.pages import ROOT
from tests.sql.oracle_misses import MISSES

PAGE = ROOT / "docs" / "reference" / "sql-peers.md"


def test_the_page_has_every_reason_and_no_other() -> None:
    text = PAGE.read_text(encoding="utf-8")
    part = text.partition("## sqlglot.lineage")[2].partition("\nEach with its cases")[0]
    listed = ["".join(f" {line}".rstrip() for line in item.splitlines()).strip() for item in part.split("\n- ")[1:]]
    assert [" ".join(item.split()) for item in listed] == list(MISSES)
