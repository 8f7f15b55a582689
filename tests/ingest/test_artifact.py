"""The stage file: what goes in comes out, and a damage never goes unnoticed."""

import errno
import gzip
import hashlib
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from strabo.errors import BadRecord, StraboError, Unavailable, UsageError
from strabo.ingest import artifact, disk
from strabo.ingest.artifact import Writer, peek, read, verify
from strabo.model import codec
from strabo.model.records import Column, Dataset, Definition, Failed, Record, Sample, ScopeComplete, Skipped, Stats
from strabo.model.ref import Ref

SHOP = "postgres://db:5432"
SUFFIXES = ["jsonl", "jsonl.zst", "jsonl.gz"]
HOSTILE = ["o'brien", 'a "quoted" name', "dots.in.it", "a/b\\c", "🦆", "עברית", "Orders", "orders", "\x00\x1b[2J", " "]

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12) | st.sampled_from(HOSTILE)
refs = st.builds(Ref, st.just(SHOP), names)
some_records = st.lists(
    st.builds(Dataset, ref=refs, comment=st.none() | names)
    | st.builds(Stats, ref=refs, rows=st.integers(0, 2**63))
    | st.builds(ScopeComplete, ref=refs)
    | st.builds(Definition, ref=refs, text=names, dialect=st.just("postgres")),
    max_size=8,
)


def dataset(name: str) -> Dataset:
    return Dataset(ref=Ref(SHOP, name), columns=(Column(name="id", type="bigint"),))


def scope(name: str) -> ScopeComplete:
    return ScopeComplete(ref=Ref(SHOP, name))


def written(path: Path, records: list[Record], *, complete: bool = True) -> Path:
    writer = Writer(path, feed="shop", run=7)
    writer.write(records)
    writer.close(complete=complete)
    return path


@pytest.fixture(params=SUFFIXES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"out.{request.param}"


def test_what_goes_in_comes_out_in_order(path: Path) -> None:
    records: list[Record] = [dataset(name) for name in HOSTILE]
    records += [scope("shop"), Stats(ref=Ref(SHOP, "b"), rows=3), scope("crm")]
    written(path, records)
    assert list(read(path)) == records
    assert not path.with_name(path.name + ".part").exists()
    header = peek(path)
    assert (header.feed, header.run, header.version) == ("shop", 7, 1)
    assert header.created is not None
    trailer = verify(path)
    assert trailer is not None
    assert (trailer.records, trailer.complete) == (len(records), True)
    assert [ref.name for ref in trailer.scopes] == ["shop", "crm"]


def test_the_format_is_what_the_page_says(tmp_path: Path) -> None:
    path = written(tmp_path / "out.jsonl", [dataset("a"), scope("shop")])
    lines = path.read_bytes().splitlines(keepends=True)
    first, last = json.loads(lines[0]), json.loads(lines[-1])
    assert first | {"created": ""} == {
        "strabo": "records", "version": 1, "feed": "shop", "run": 7, "created": "", "scopes": [],
    }  # fmt: skip
    assert datetime.fromisoformat(first["created"]).tzinfo is not None
    assert last == {
        "strabo": "end", "records": 2, "sha256": hashlib.sha256(b"".join(lines[:-1])).hexdigest(),
        "scopes": [{"namespace": SHOP, "name": "shop"}], "complete": True,
    }  # fmt: skip


def test_the_same_records_compressed_unpack_to_the_same_lines(tmp_path: Path) -> None:
    records: list[Record] = [dataset("a"), scope("shop"), dataset("b")]
    plain = written(tmp_path / "a.jsonl", records).read_bytes().splitlines()[1:-1]
    zst = written(tmp_path / "a.jsonl.zst", records).read_bytes()
    gz = written(tmp_path / "a.jsonl.gz", records).read_bytes()
    with zstandard.ZstdDecompressor().stream_reader(zst, read_across_frames=True) as unpacked:
        assert unpacked.read().splitlines()[1:-1] == plain
    assert gzip.decompress(gz).splitlines()[1:-1] == plain


@settings(deadline=None)
@given(records=some_records, cut=st.integers(0, 10_000), suffix=st.sampled_from(SUFFIXES))
def test_any_truncation_is_refused(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], cut: int, suffix: str
) -> None:
    path = written(tmp_path_factory.mktemp("t") / f"out.{suffix}", records)
    assert list(read(path)) == records
    body = path.read_bytes()
    path.write_bytes(body[: cut % len(body)])
    with pytest.raises(UsageError):
        verify(path)
    with pytest.raises(UsageError):
        list(read(path))


@settings(deadline=None)
@given(records=some_records, at=st.integers(0, 10_000), flip=st.integers(1, 255), suffix=st.sampled_from(SUFFIXES))
def test_any_flipped_byte_is_refused_or_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], at: int, flip: int, suffix: str
) -> None:
    path = written(tmp_path_factory.mktemp("t") / f"out.{suffix}", records)
    trailer = verify(path)
    body = bytearray(path.read_bytes())
    body[at % len(body)] ^= flip
    path.write_bytes(body)
    try:
        found = verify(path), list(read(path))
    except UsageError as error:
        said = error
    else:
        assert found == (trailer, records)
        return
    assert str(path) in said.where
    assert said.fix


@settings(deadline=None)
@given(records=some_records, cut=st.integers(0, 10_000), suffix=st.sampled_from(SUFFIXES), trailer=st.booleans())
def test_resuming_after_any_cut_keeps_whole_scopes_and_ends_whole(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], cut: int, suffix: str, trailer: bool
) -> None:
    path = tmp_path_factory.mktemp("t") / f"out.{suffix}"
    written(path, records, complete=False)
    part = Path(f"{path}.part")
    body = part.read_bytes()
    part.write_bytes(body if trailer else body[: cut % len(body)])
    try:
        writer = Writer.resume(path)
    except UsageError:
        if trailer:  # the header is there, so there is something to resume
            raise
        return
    done = len(writer.scopes)
    ends = [at for at, record in enumerate(records) if isinstance(record, ScopeComplete)]
    kept = records[: ends[done - 1] + 1] if done else []
    assert list(writer.scopes) == [record.ref for record in kept if isinstance(record, ScopeComplete)]
    if trailer:
        assert done == len(ends)
    assert writer.header.feed == "shop"
    writer.write([dataset("after")])
    writer.close()
    verify(path)
    assert list(read(path)) == [*kept, dataset("after")]


def test_a_run_that_broke_off_leaves_a_part_that_reads_and_says_so(path: Path) -> None:
    written(path, [dataset("a"), scope("shop"), dataset("b")], complete=False)
    assert not path.exists()
    part = Path(f"{path}.part")
    trailer = verify(part)
    assert trailer is not None
    assert not trailer.complete
    assert len(list(read(part))) == 3


def test_a_killed_run_resumes_behind_its_last_scope(path: Path) -> None:
    script = """if True:
        import os, sys
        from strabo.ingest.artifact import Writer
        from strabo.model.records import Dataset, ScopeComplete
        from strabo.model.ref import Ref
        writer = Writer(sys.argv[1], feed="shop")
        writer.write([Dataset(ref=Ref("n", "a")), ScopeComplete(ref=Ref("n", "shop"))])
        writer.write([Dataset(ref=Ref("n", "lost"))])
        os.kill(os.getpid(), 9)
    """
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == -9
    writer = Writer.resume(path)
    assert [ref.name for ref in writer.scopes] == ["shop"]
    writer.write([dataset("b"), scope("crm")])
    writer.close()
    assert [record.ref.name for record in read(path)] == ["a", "shop", "b", "crm"]


def test_resuming_without_an_interrupted_run(path: Path) -> None:
    with pytest.raises(UsageError, match="no interrupted run to resume"):
        Writer.resume(path)
    Path(f"{path}.part").write_bytes(b"")
    with pytest.raises(UsageError, match="nothing in it can be resumed"):
        Writer.resume(path)
    part = Path(f"{path}.part")
    part.write_bytes(disk.compressed(b"something of somebody\n", disk.compression(path)))
    before = part.read_bytes()
    with pytest.raises(UsageError, match="header does not parse"):
        Writer.resume(path)
    assert part.read_bytes() == before


def test_a_new_run_begins_anew_and_the_finished_file_stays_until_then(path: Path) -> None:
    written(path, [dataset("old")])
    written(path, [dataset("x" * 1000)], complete=False)
    writer = Writer(path)
    writer.write([dataset("new"), scope("shop")])
    assert [record.ref.name for record in read(path)] == ["old"]
    writer.close()
    writer.close()
    assert [record.ref.name for record in read(path)] == ["new", "shop"]


def test_two_runs_cannot_write_one_file(path: Path) -> None:
    first = Writer(path)
    first.write([dataset("a")])
    with pytest.raises(Unavailable, match="another run is writing this file"):
        Writer(path)
    first.close()
    assert len(list(read(path))) == 1


@pytest.mark.parametrize("content", [b"", b"\n", b"name,type\n", b"{}\n", b'{"type": "nonsense"}\n', b"\xff\xfe\n"])
def test_foreign_files_are_refused(path: Path, content: bytes) -> None:
    path.write_bytes(disk.compressed(content, disk.compression(path)))
    for look in (verify, peek, lambda p: list(read(p))):
        with pytest.raises(UsageError) as caught:
            look(path)
        assert str(path) in caught.value.where
        assert caught.value.fix


def test_a_file_named_compressed_that_is_not(tmp_path: Path) -> None:
    for suffix in ("zst", "gz"):
        path = tmp_path / f"out.{suffix}"
        path.write_bytes(b'{"type":"stats","ref":{"namespace":"n","name":"a"}}\n')
        with pytest.raises(UsageError, match="does not decompress"):
            verify(path)


def test_a_newer_version_says_to_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text('{"strabo":"records","version":2,"feed":{"new":"shape"}}\n')
    with pytest.raises(UsageError, match=r"version 2; this Strabo reads up to 1") as caught:
        verify(path)
    assert caught.value.fix == "pip install --upgrade strabo"


def rewritten(path: Path, change: Any) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(change(lines)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: lines[:-1], "cut off: it has no end"),
        (lambda lines: [lines[0], *lines[2:]], "its content is not what its end says"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "its content is not what its end says"),
        (lambda lines: [*lines, lines[1]], "something behind its end"),
        (lambda lines: [*lines, lines[-1]], "something behind its end"),
        (lambda lines: [*lines[:-1], lines[-1].rstrip()], "its last line is cut off"),
        (lambda lines: [*lines[:-1], b'{"strabo":"end"}\n'], "its end does not parse"),
        (lambda lines: [*lines[:-1], lines[-1].replace(b'"shop"', b'"crm"')], "its content is not what its end says"),
        (lambda lines: [lines[0].replace(b'"version":1,', b""), *lines[1:]], "its header does not parse"),
        (lambda lines: [lines[0].replace(b'"version":1', b'"version":0'), *lines[1:]], "its header is not whole"),
        (lambda lines: [lines[0].strip()], "its header is not whole"),
    ],
)
def test_damages_are_told_apart(tmp_path: Path, change: Any, said: str) -> None:
    path = written(tmp_path / "out.jsonl", [dataset("a"), dataset("b"), scope("shop")])
    rewritten(path, change)
    with pytest.raises(UsageError, match=said):
        verify(path)


def test_bare_records_are_read_without_proof(path: Path) -> None:
    lines = (
        b'{"type":"dataset","ref":{"namespace":"n","name":"a"}}\n\n{"type":"stats","ref":{"namespace":"n","name":"a"}}'
    )
    path.write_bytes(disk.compressed(lines, disk.compression(path)))
    assert verify(path) is None
    assert peek(path).version == 0
    assert list(read(path)) == [Dataset(ref=Ref("n", "a")), Stats(ref=Ref("n", "a"))]


def test_a_bad_line_is_accounted_for_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    good = b'{"type":"dataset","ref":{"namespace":"n","name":"a"}}\n'
    path.write_bytes(good + b'{"type":"dataset","ref":1}\nnot json\n\xff\n' + good)
    found = list(read(path))
    assert [type(record) for record in found] == [Dataset, Failed, Failed, Failed, Dataset]
    failed = found[1]
    assert isinstance(failed, Failed)
    assert failed.ref == Ref("file", str(path))
    assert failed.call == "read line 2"
    assert "$.ref" in failed.error
    assert failed.fix


def test_a_bad_line_in_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    head = b'{"strabo":"records","version":1}\n{"type":"unheard_of"}\n'
    end = {"strabo": "end", "records": 1, "sha256": hashlib.sha256(head).hexdigest(), "scopes": [], "complete": True}
    path.write_bytes(head + json.dumps(end).encode() + b"\n")
    path.write_bytes(path.read_bytes().replace(b'{"strabo": "end"', b'{"strabo":"end"'))
    verify(path)
    (failed,) = read(path)
    assert isinstance(failed, Failed)
    assert failed.call == "read line 2"


def test_what_json_cannot_hold_is_a_bad_record_and_nothing_is_written(path: Path) -> None:
    writer = Writer(path)
    for bad in (Sample(ref=Ref(SHOP, "s"), columns=("a",), rows=((object(),),)), dataset("\ud800")):
        with pytest.raises(BadRecord, match="cannot be written as JSON"):
            writer.write([dataset("before"), bad])
    writer.write([dataset("a")])
    writer.close()
    verify(path)
    assert [record.ref.name for record in read(path)] == ["a"]


class FullDisk:
    """A file on a disk that takes `room` bytes more."""

    def __init__(self, file: Any, room: int) -> None:
        self.file, self.room = file, room

    def write(self, block: memoryview) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken: int = self.file.write(block[: self.room])
        self.room -= taken
        return taken

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def test_a_full_disk_says_so_and_takes_nothing_of_the_batch(path: Path) -> None:
    writer = Writer(path)
    writer.write([dataset("a"), scope("shop")])
    real, writer._file = writer._file, FullDisk(writer._file, 30)  # type: ignore[assignment]
    with pytest.raises(Unavailable, match="the disk is full") as caught:
        writer.write([dataset("b"), scope("crm")])
    assert str(path) in caught.value.where
    assert "free some space" in caught.value.fix
    assert [ref.name for ref in writer.scopes] == ["shop"]
    writer._file = real
    writer.write([dataset("b"), scope("crm")])
    writer.close()
    verify(path)
    assert [record.ref.name for record in read(path)] == ["a", "shop", "b", "crm"]


def test_a_truly_full_disk() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    full = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115
    with full, pytest.raises(Unavailable, match="disk is full"), disk.reporting("/dev/full"):
        disk.write_all(full, b"x")


def test_folders_that_are_not_there_and_paths_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="its folder does not exist") as caught:
        Writer(tmp_path / "no" / "out.jsonl")
    assert caught.value.fix == f"mkdir -p '{tmp_path / 'no'}'"
    with pytest.raises(UsageError, match="Is a directory"):
        Writer(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="Not a directory"):
        Writer(tmp_path / "file" / "out.jsonl")
    with pytest.raises(UsageError, match="no file can have this name"):
        Writer(tmp_path / "a\0b")
    with pytest.raises(UsageError, match="File name too long"):
        Writer(tmp_path / ("x" * 300))
    with pytest.raises(UsageError, match="there is no such file"):
        list(read(tmp_path / "missing.jsonl"))


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (PermissionError(errno.EACCES, "denied"), UsageError, "not allowed to open it"),
        (OSError(errno.EROFS, "Read-only file system"), UsageError, "Read-only file system"),
        (OSError(errno.EDQUOT, "quota"), Unavailable, "the disk is full"),
        (OSError(errno.EIO, "Input/output error"), Unavailable, "Input/output error"),
    ],
)
def test_what_the_disk_says_no_to(error: OSError, kind: type[StraboError], said: str) -> None:
    with pytest.raises(kind, match=said) as caught, disk.reporting("/some/where"):
        raise error
    assert caught.value.where == "/some/where"
    assert caught.value.fix


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact, "_LONGEST_LINE", 1000)
    path = tmp_path / "bomb.jsonl.zst"
    path.write_bytes(zstandard.ZstdCompressor().compress(b"a" * 10_000_000))
    with pytest.raises(UsageError, match="a line is longer than"):
        verify(path)


def test_memory_stays_flat(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl.zst"

    def many() -> Iterator[Record]:
        for number in range(30_000):
            yield dataset(f"table_{number}")

    writer = Writer(path)
    records = many()
    while batch := [record for _, record in zip(range(500), records, strict=False)]:
        writer.write(batch)
    writer.close()
    tracemalloc.start()
    try:
        verify(path)
        assert sum(1 for _ in read(path)) == 30_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000


def test_an_abandoned_reader_closes_its_file(path: Path) -> None:
    written(path, [dataset(name) for name in HOSTILE])
    records = read(path)
    next(records)
    records.close()  # type: ignore[attr-defined]


def test_created_is_in_utc(tmp_path: Path) -> None:
    created = peek(written(tmp_path / "a.jsonl", [])).created
    assert created is not None
    assert abs((datetime.now(UTC) - created).total_seconds()) < 60


def test_after_a_line_that_is_no_record_no_scope_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "pushed.jsonl"
    lines = [codec.encode(dataset("shop.a")), codec.encode(scope("shop")), b'{"type": "no such"}']
    path.write_bytes(b"\n".join([*lines, codec.encode(scope("crm")), codec.encode(dataset("x.b"))]))
    *before, failed, unproven, after = read(path)
    assert before == [dataset("shop.a"), scope("shop")]
    assert isinstance(failed, Failed)
    assert failed.error.startswith("line 3: not a record")
    assert isinstance(unproven, Skipped)
    assert (unproven.ref, unproven.part) == (scope("crm").ref, "scope")
    assert "line 3" in unproven.reason
    assert after == dataset("x.b")
