"""Writes records to a file, one JSON object a line: for `jq`, for a diff, for another catalog."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from strabo.ingest.contracts import Tally
from strabo.ingest.disk import PART, compressed, compression, line, reporting, sync_folder, write_all
from strabo.model.records import ENTITIES, Record


class JsonlConfig(msgspec.Struct, frozen=True, kw_only=True):
    path: Path  # the file; a name ending in .zst or .gz compresses
    append: bool = False  # adds to the file that is there instead of replacing it


class JsonlSink:
    """Replaces the file once the run is complete: until then the old one stays, and the new one is `path` + ".part".

    A path that is no plain file, as a pipe or /dev/stdout, is written to directly, and so is a file appended to.
    """

    def __init__(self, config: JsonlConfig) -> None:
        self.config = config
        self._how = compression(config.path)
        self._file: IO[bytes] | None = None
        self._aside = False
        self._seekable = True

    def write(self, batch: Sequence[Record]) -> Tally:
        block = b"".join([line(record) for record in batch])
        self._put(block)
        return Tally(written=sum(type(record) in ENTITIES for record in batch))

    def close(self, *, complete: bool) -> Tally:
        if complete and self._file is None:
            self._put(b"")  # a run without records leaves an empty file, not yesterday's
        file, self._file = self._file, None
        if file is not None:
            with reporting(self.config.path), file:
                if self._seekable:
                    os.fsync(file.fileno())
                if complete and self._aside:
                    Path(f"{self.config.path}{PART}").replace(self.config.path)
                    sync_folder(self.config.path)
        return Tally()

    def _put(self, block: bytes) -> None:
        """Writes a block, or nothing of it."""
        file = self._file or self._open()
        before = file.tell() if self._seekable else 0
        try:
            with reporting(self.config.path):
                write_all(file, compressed(block, self._how))
        except BaseException:
            if self._seekable:
                file.truncate(before)
                file.seek(before)
            raise

    def _open(self) -> IO[bytes]:
        path = self.config.path
        with reporting(path):
            plain = (path.is_file() or not path.exists()) and not str(path).startswith("/dev/")
            self._aside = plain and not self.config.append
            target = Path(f"{path}{PART}") if self._aside else path
            self._file = target.open("ab" if self.config.append else "wb", buffering=0)
        self._seekable = self._file.seekable()
        return self._file
