"""The JSON lines sink."""

import gzip
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
import zstandard

from strabo.errors import BadRecord, Unavailable, UsageError
from strabo.ingest import artifact, disk
from strabo.model import codec
from strabo.model.records import Dataset, Filtered, Job, Record, Sample, Stats
from strabo.model.ref import Ref
from strabo.sinks.jsonl import JsonlConfig, JsonlSink

RECORDS: list[Record] = [
    Dataset(ref=Ref("n", "o'brien")), Stats(ref=Ref("n", "o'brien"), rows=1), Job(ref=Ref("n", "🦆\n")),
    Filtered(ref=Ref("n", "x"), rule="exclude x"),
]  # fmt: skip


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.zst", "jsonl.gz"])
def test_records_become_lines_that_read_again(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    sink = JsonlSink(JsonlConfig(path=path))
    assert sink.write(RECORDS[:2]).written == 1
    assert sink.write(RECORDS[2:]).written == 1
    sink.close(complete=True)
    assert list(artifact.read(path)) == RECORDS
    body = path.read_bytes()
    if suffix.endswith("gz"):
        body = gzip.decompress(body)
    elif suffix.endswith("zst"):
        with zstandard.ZstdDecompressor().stream_reader(body, read_across_frames=True) as unpacked:
            body = unpacked.read()
    assert body == b"".join(codec.encode(record) + b"\n" for record in RECORDS)
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_file_stays_until_the_run_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("old\n")
    sink = JsonlSink(JsonlConfig(path=path))
    sink.write(RECORDS)
    assert path.read_text() == "old\n"
    sink.close(complete=False)
    assert path.read_text() == "old\n"
    assert len(Path(f"{path}.part").read_bytes().splitlines()) == len(RECORDS)
    sink = JsonlSink(JsonlConfig(path=path))
    sink.close(complete=True)
    sink.close(complete=True)
    assert path.read_text() == ""


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.zst", "jsonl.gz"])
def test_appending_adds(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    for record in RECORDS:
        sink = JsonlSink(JsonlConfig(path=path, append=True))
        sink.write([record])
        sink.close(complete=True)
    assert list(artifact.read(path)) == RECORDS


def test_a_pipe_is_written_to_directly(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    sink = JsonlSink(JsonlConfig(path=path))
    sink.write(RECORDS)
    sink.close(complete=True)
    reader.join(10)
    assert read == [b"".join(codec.encode(record) + b"\n" for record in RECORDS)]


def test_a_batch_with_a_bad_record_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    sink = JsonlSink(JsonlConfig(path=path))
    with pytest.raises(BadRecord, match="cannot be written as JSON") as caught:
        sink.write([*RECORDS, Sample(ref=Ref("n", "s"), columns=("a",), rows=((object(),),))])
    assert caught.value.where == "n:s"
    sink.write(RECORDS[:1])
    sink.close(complete=True)
    assert list(artifact.read(path)) == RECORDS[:1]


def test_a_missing_folder_says_how_to_make_it(tmp_path: Path) -> None:
    sink = JsonlSink(JsonlConfig(path=tmp_path / "it's" / "out.jsonl"))
    with pytest.raises(UsageError, match="its folder does not exist") as caught:
        sink.write(RECORDS)
    assert caught.value.fix.startswith("mkdir -p ")
    sink.close(complete=False)


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.jsonl"
    sink = JsonlSink(JsonlConfig(path=path))
    sink.write(RECORDS[:1])
    real = disk.write_all

    def half(file: Any, block: bytes) -> None:
        real(file, block[: len(block) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("strabo.sinks.jsonl.write_all", half)
    with pytest.raises(Unavailable, match="the disk is full") as caught:
        sink.write(RECORDS[1:])
    assert caught.value.where == str(path)
    assert "free some space" in caught.value.fix
    monkeypatch.setattr("strabo.sinks.jsonl.write_all", real)
    sink.write(RECORDS[1:])
    sink.close(complete=True)
    assert [json.loads(line)["ref"]["name"] for line in path.read_text().splitlines()] == [r.ref.name for r in RECORDS]


def test_constructing_touches_nothing(tmp_path: Path) -> None:
    JsonlSink(JsonlConfig(path=tmp_path / "out.jsonl")).close(complete=False)
    assert not list(tmp_path.iterdir())
