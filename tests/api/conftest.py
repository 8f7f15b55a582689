"""An API over a catalog of its own, asked without a socket."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from strabo.api.app import Api, local
from strabo.api.body import Limits
from strabo.api.http import Route
from strabo.api.routes import routes
from strabo.catalog.catalog import open_catalog
from strabo.catalog.door import Door
from strabo.testing.asker import Asker


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Asker]]:
    """Makes an asker over the routes given, or all."""
    made: list[tuple[Asker, Door, Api]] = []

    def _make(own: Sequence[Route] | None = None, **options: Any) -> Asker:
        catalog = open_catalog(tmp_path / f"c{len(made)}.db")
        door = Door(catalog.store)
        options.setdefault("identify", local)
        options.setdefault("limits", Limits(bytes=1_000_000, unpacked=2_000_000, seconds=2))
        api = Api(catalog, door, routes() if own is None else own, **options)
        made.append((Asker(api, catalog), door, api))
        return made[-1][0]

    yield _make
    for asker, door, api in made:
        door.close()
        api.close()
        asker.close()
        asker.catalog.close()


@pytest.fixture
def ask(make: Callable[..., Asker]) -> Asker:
    """An asker over all routes and an empty catalog."""
    return make()
