"""The docs say what is so: every command and every example in them runs, and all there is is in the reference."""

import re
from pathlib import Path
from typing import get_args

import pytest
from tests.docs.pages import ROOT, Block, Reader, blocks, pages

from strabo.cli.commands import ENTRIES
from strabo.ingest import plugins
from strabo.model import codec
from strabo.model.records import Record

REFERENCE = ROOT / "docs" / "reference"
NEEDS_A_SERVER = {"docs/how-to/connect-postgres.md", "docs/how-to/connect-mysql.md"} | {
    f"docs/how-to/push-from-{client}.md"
    for client in ("airflow", "dbt", "python", "spark")  # tests/clients follows them
}
NEEDS_A_SERVER.add("docs/how-to/push-records.md")  # tests/endtoend/test_push.py follows it
NEEDS_A_SERVER.add("docs/how-to/use-the-api.md")  # tests/api/native/test_page_of_the_docs.py follows it
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


PAGES = [page for page in pages() if name_of(page) not in NEEDS_A_SERVER and any(blocks(page))]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_a_page_says_is_so(page: Path, tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    if page.name == "README.md":  # what its first command leaves behind
        reader.run("strabo --quiet demo")
    for block in blocks(page):
        reader.follow(block)


# --- completeness -----------------------------------------------------------------------------------------------


def every_block(language: str) -> list[Block]:
    return [block for page in pages() for block in blocks(page) if block.language == language]


@pytest.mark.parametrize(("language", "at_least"), [("console", 25), ("python", 6), ("yaml", 8), ("toml", 1)])
def test_there_are_blocks_to_run(language: str, at_least: int) -> None:
    assert len(every_block(language)) >= at_least


def test_every_fence_is_read() -> None:
    for page in pages():
        fences = re.findall(r"^\s*```", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(fences) == 2 * len(list(blocks(page))), name_of(page)


def test_commands_for_the_reader_stand_where_they_are_run() -> None:
    """`sh` blocks are not run here: the README's two are what `.ci/run` begins with; no others may be."""
    ours = [block for block in every_block("sh") if block.page != "README.md"]
    assert [block.where for block in ours] == []
    ran = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    first, second = (block.text.strip() for block in every_block("sh"))
    assert first.endswith(".venv/bin/strabo demo")
    assert second == "sh scripts/check"
    assert "install -q -c constraints.txt '.[duckdb]'" in first
    assert "-c constraints.txt '.[duckdb]'" in ran
    assert second in ran


def test_every_command_is_in_the_reference_and_in_a_page() -> None:
    reference = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    for name in ENTRIES:
        assert f"### strabo {name}\n" in reference
    typed = {
        word
        for block in every_block("console")
        for word in re.findall(r"strabo (?:--catalog \S+ |--\w+ )*(\w+)", block.text)
    }
    assert typed >= ENTRIES.keys() - {"completion", "demo"}  # the README has the demo


def test_every_plugin_is_in_the_reference() -> None:
    page = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    listed = (REFERENCE / "plugins.md").read_text(encoding="utf-8")
    own = [found for found in plugins.installed() if found.distribution == "strabo"]
    assert len(own) >= 14
    for found in own:
        assert f"## {found.name} (" in page
        assert f"[`{found.name}`](settings.md#{found.name}-" in listed


def test_every_kind_of_record_is_in_the_reference() -> None:
    page = (REFERENCE / "records.md").read_text(encoding="utf-8")
    for kind in get_args(Record):
        assert f"\n## {codec.tag(kind)}\n" in page


def test_every_link_leads_somewhere() -> None:
    count = 0
    for page in pages():
        for found in LINK.finditer(page.read_text(encoding="utf-8")):
            target = found[1] or found[2]
            if target.startswith(("http://", "https://")):
                continue
            path, _, anchor = target.partition("#")
            there = (page.parent / path).resolve() if path else page
            assert there.exists(), f"{name_of(page)}: {target}"
            assert not anchor or anchor in anchors(there), f"{name_of(page)}: {target}"
            count += 1
    assert count > 30


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_page_can_be_found_from_the_index() -> None:
    index = ROOT / "docs" / "index.md"
    text = index.read_text(encoding="utf-8")
    for page in pages()[1:]:
        if page != index:
            link = page.relative_to(index.parent)
            folder = f"{link.parent}/"
            assert f"({link})" in text or f"({folder})" in text, f"docs/index.md does not name {link}"
