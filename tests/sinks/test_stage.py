"""The file stage."""

from pathlib import Path

import pytest

from strabo.errors import UsageError
from strabo.ingest import artifact
from strabo.ingest.contracts import Bindable, ResumableStage, RunContext, Stage
from strabo.model.records import Dataset, Record, ScopeComplete, Stats
from strabo.model.ref import Ref
from strabo.sinks.stage import FileStage, FileStageConfig

RECORDS: list[Record] = [
    Dataset(ref=Ref("n", "shop.a")), Stats(ref=Ref("n", "shop.a")), ScopeComplete(ref=Ref("n", "shop")),
    Dataset(ref=Ref("n", "crm.b")),
]  # fmt: skip


def stage(path: Path, feed: str = "shop", run: int = 3) -> FileStage:
    made = FileStage(FileStageConfig(path=path))
    made.bind(RunContext(feed=feed, run=run))
    return made


def test_it_keeps_the_contracts(tmp_path: Path) -> None:
    made: Stage = stage(tmp_path / "a.jsonl.zst")
    assert isinstance(made, Bindable)
    assert isinstance(made, ResumableStage)
    assert made.artifact == str(tmp_path / "a.jsonl.zst")
    assert not list(tmp_path.iterdir())


def test_what_is_staged_reads_again(tmp_path: Path) -> None:
    made = stage(tmp_path / "a.jsonl.zst")
    assert made.write(RECORDS).written == 2
    assert made.close(complete=True).written == 0
    assert list(artifact.read(made.artifact)) == RECORDS
    header = artifact.peek(made.artifact)
    assert (header.feed, header.run) == ("shop", 3)


def test_a_run_without_records_leaves_an_empty_whole_file(tmp_path: Path) -> None:
    made = stage(tmp_path / "a.jsonl")
    made.close(complete=True)
    trailer = artifact.verify(made.artifact)
    assert trailer is not None
    assert trailer.records == 0


def test_an_interrupted_run_goes_on_behind_its_last_scope(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.zst"
    first = stage(path)
    first.write(RECORDS)
    first.close(complete=False)
    second = stage(path)
    assert second.resume() == {Ref("n", "shop")}
    second.write(RECORDS[3:])
    second.close(complete=True)
    artifact.verify(path)
    assert list(artifact.read(path)) == RECORDS


def test_without_resuming_it_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    assert stage(path).resume() == frozenset()
    first = stage(path)
    first.write(RECORDS)
    first.close(complete=False)
    second = stage(path)
    second.write(RECORDS[3:])
    second.close(complete=True)
    assert list(artifact.read(path)) == RECORDS[3:]


def test_the_file_of_another_feed_is_not_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    first = stage(path, feed="crm")
    first.write(RECORDS)
    first.close(complete=False)
    before = Path(f"{path}.part").read_bytes()
    with pytest.raises(UsageError, match="of the feed 'crm', not 'shop'") as caught:
        stage(path).resume()
    assert caught.value.where == f"{path}.part"
    assert caught.value.fix
    assert Path(f"{path}.part").read_bytes() == before


def test_a_missing_folder(tmp_path: Path) -> None:
    made = stage(tmp_path / "no" / "a.jsonl")
    with pytest.raises(UsageError, match="its folder does not exist"):
        made.write(RECORDS)
    made.close(complete=False)
