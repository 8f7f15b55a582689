"""The source keeps the promises of every source, and says what it could not read."""

from pathlib import Path

import pytest
from strabo.ingest.contracts import Source
from strabo.model.records import Skipped
from strabo.testing.source import SourceContract

from strabo_tides import TidesConfig, TidesSource

BREST = (
    "[feed]\ntitle = Brest, every minute\nowner = ann@harbour.example\n[columns]\nmeasured_at = time\nheight = metres\n"
)


def source_of(folder: Path, **files: str) -> TidesSource:
    for name, text in files.items():
        (folder / f"{name}.ini").write_text(text, encoding="utf-8")
    return TidesSource(TidesConfig(folder=folder, network="brittany"))


class TestTidesSource(SourceContract):
    @pytest.fixture
    def source(self, tmp_path: Path) -> Source:
        return source_of(tmp_path, **{"brest": BREST, "Brest": BREST, 'le "conquet".v2': BREST, "broken 🌊": "?"})


def test_what_cannot_be_read_is_skipped_with_its_reason(tmp_path: Path) -> None:
    (skipped,) = (r for r in source_of(tmp_path, brest=BREST, roscoff="[feed]\n").read() if isinstance(r, Skipped))
    assert (skipped.ref.name, skipped.reason) == ("roscoff", "roscoff.ini is no description of a feed: 'columns'")
