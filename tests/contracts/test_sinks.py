"""Every sink, stage and bulk sink that ships keeps the promises of its contract."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from strabo.catalog.catalog import open_catalog
from strabo.ingest import artifact
from strabo.ingest.contracts import BulkSink, RunContext, Sink, Stage
from strabo.model import codec
from strabo.model.records import Record
from strabo.sinks.catalog import CatalogBulkSink, CatalogSink, CatalogSinkConfig
from strabo.sinks.console import ConsoleConfig, ConsoleSink
from strabo.sinks.jsonl import JsonlConfig, JsonlSink
from strabo.sinks.stage import FileStage, FileStageConfig
from strabo.testing.sink import SinkContract
from strabo.testing.stage import BulkSinkContract, StageContract

ENDINGS = ("", ".zst", ".gz")


class TestJsonl(SinkContract):
    @pytest.fixture
    def sink(self, tmp_path: Path) -> Sink:
        return JsonlSink(JsonlConfig(path=tmp_path / "out.jsonl"))

    @pytest.fixture
    def written(self, tmp_path: Path) -> Callable[[], Sequence[Record]]:
        return lambda: [codec.decode(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]


@pytest.mark.parametrize("form", ["text", "json"])
class TestConsole(SinkContract):
    @pytest.fixture
    def sink(self, form: str, capsys: pytest.CaptureFixture[str]) -> Sink:
        return ConsoleSink(ConsoleConfig(format="json" if form == "json" else "text"))


class TestCatalog(SinkContract):
    @pytest.fixture
    def sink(self, tmp_path: Path) -> Sink:
        with open_catalog(tmp_path / "project.db") as catalog:
            run = catalog.store.start_run("contract", workflow="")
        sink = CatalogSink(CatalogSinkConfig())
        sink.bind(RunContext(feed="contract", run=run, catalog=str(tmp_path / "project.db")))
        return sink


class TestAnotherCatalog(SinkContract):
    """Beside the project's: it counts runs of its own."""

    @pytest.fixture
    def sink(self, tmp_path: Path) -> Sink:
        sink = CatalogSink(CatalogSinkConfig(path=str(tmp_path / "other.db")))
        sink.bind(RunContext(feed="contract", run=7, catalog=str(tmp_path / "project.db")))
        return sink


@pytest.mark.parametrize("ending", ENDINGS)
class TestFileStage(StageContract):
    @pytest.fixture
    def stage(self, ending: str, tmp_path: Path) -> Stage:
        return FileStage(FileStageConfig(path=tmp_path / f"staged.jsonl{ending}"))

    @pytest.fixture
    def read(self) -> Callable[[str], Sequence[Record]]:
        def whole(path: str) -> list[Record]:
            artifact.verify(path)
            return list(artifact.read(path))

        return whole


@pytest.mark.parametrize("ending", ENDINGS)
class TestCatalogBulkSink(BulkSinkContract):
    @pytest.fixture
    def stage(self, ending: str, tmp_path: Path) -> Stage:
        return FileStage(FileStageConfig(path=tmp_path / f"staged.jsonl{ending}"))

    @pytest.fixture
    def bulk_sink(self, ending: str, tmp_path: Path) -> BulkSink:
        with open_catalog(tmp_path / "project.db") as catalog:
            run = catalog.store.start_run("contract", workflow="")
        sink = CatalogBulkSink(CatalogSinkConfig())
        sink.bind(RunContext(feed="contract", run=run, catalog=str(tmp_path / "project.db")))
        return sink
