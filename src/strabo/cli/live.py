"""A run's progress, drawn on a terminal."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from strabo.cli.progress import Told
from strabo.cli.text import clean
from strabo.ingest.events import Event


class Live:
    """One line at the bottom of the terminal while the block lasts; it leaves nothing behind."""

    def __init__(self, name: str, *, color: bool = True, console: Console | None = None) -> None:
        self._told = Told()
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[listed]:,} objects  {task.fields[records]:,} records", markup=False),
            TextColumn("{task.fields[pace]:,}/s", markup=False),
            TimeElapsedColumn(),
            TextColumn("{task.fields[scope]}", markup=False),
            console=console or Console(stderr=True, no_color=not color, highlight=False),
            transient=True,
            refresh_per_second=8,
        )
        self._task = self._progress.add_task(
            Text(clean(name)).plain, total=None, listed=0, records=0, pace=0, scope="connecting"
        )

    def tell(self, event: Event) -> None:
        told = self._told
        told.take(event)
        noticed = f"{told.troubles:,} noticed  " if told.troubles else ""
        scope = told.scope[-60:]
        self._progress.update(
            self._task, listed=told.listed, records=told.records, pace=told.pace, scope=noticed + scope
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
