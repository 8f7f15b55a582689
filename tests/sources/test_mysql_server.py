"""The MariaDB that tests start: it answers, it goes away, and it says why when it cannot come."""

import pymysql
import pytest

from strabo.errors import Unavailable
from strabo.testing import mariadb as testing
from strabo.testing.mariadb import Server, mariadb_fixture, mariadb_server  # noqa: F401 - a fixture among them


@pytest.mark.server
def test_a_server_answers_on_loopback_and_is_gone_after_the_block(mariadb: Server) -> None:
    with mariadb_server() as server:
        assert server.host == "127.0.0.1"
        assert server.port != mariadb.port
        with server.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT VERSION()")
            assert cursor.fetchone()
        with pytest.raises(pymysql.err.OperationalError):
            server.connect(password="another")
    with pytest.raises(pymysql.err.OperationalError):
        server.connect()


@pytest.mark.server
def test_a_server_that_does_not_come_up_says_so_with_its_log(mariadb: Server) -> None:
    with pytest.raises(Unavailable, match="no-such-switch"), mariadb_server("--no-such-switch=1"):
        pytest.fail("it came up")


@pytest.mark.parametrize(
    ("absent", "says"), [("mariadbd", "neither mariadbd nor mysqld"), ("mariadb-install-db", "data")]
)
def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, absent: str, says: str) -> None:
    monkeypatch.setattr(testing, "_program", lambda *names: None if absent in names else "/usr/sbin/it")
    with pytest.raises(Unavailable, match=says), mariadb_server():
        pytest.fail("it came up")
