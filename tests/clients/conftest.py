"""A server of ours, the door in front of it that sees and can refuse, and the client that pushes through that door."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.clients.receiver import Receiver, receiving
from tests.clients.rigs import Rig
from tests.clients.server import Server, serving

MakeRig = Callable[[str], Rig]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that takes events from who has its token, and nothing else from anybody."""
    with serving(tmp_path / "catalog.db", "ingest") as server:
        yield server


@pytest.fixture
def door(server: Server) -> Iterator[Receiver]:
    """What stands between client and server: everything that came, and `busy`, how many to send away."""
    with receiving(server.url) as door:
        yield door
        assert door.refused() == []


@pytest.fixture
def rig(door: Receiver, server: Server, tmp_path: Path) -> MakeRig:
    """Makes a client that has done the setting up that its page asks for."""

    def make(client: str) -> Rig:
        made = Rig(client, tmp_path / client, door.url, server.token)
        made.environ["STRABO_CATALOG"] = str(server.catalog)  # what the page asks Strabo, it asks that catalog
        made.set_up()
        return made

    return make
