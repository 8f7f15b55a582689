"""A real MariaDB server of one's own, on loopback, for as long as a `with` block lasts."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pymysql
import pytest

from strabo.errors import Unavailable

# Distributions put the server where a login that is not root does not look.
_PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/libexec", "/usr/bin", "/opt/homebrew/bin")
_PATIENCE = 60.0  # seconds until a server that does not answer is given up


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where a server answers, and the login that may do everything there."""

    host: str
    port: int
    user: str
    password: str
    socket: str

    def connect(self, **more: Any) -> "pymysql.Connection[Any]":
        """A connection as root that commits every statement; `more` is handed to PyMySQL."""
        settings = {
            "host": self.host, "port": self.port, "user": self.user, "password": self.password,
            "autocommit": True, "charset": "utf8mb4",
        }  # fmt: skip
        return pymysql.connect(**{**settings, **more})

    def run(self, *statements: str) -> None:
        """Executes statements as root, one after the other."""
        with self.connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def missing() -> str | None:
    """Why no server can be started here; None when one can."""
    if _program("mariadbd", "mysqld") is None:
        return "no MariaDB server here: neither mariadbd nor mysqld is installed (Debian: apt install mariadb-server)"
    if _program("mariadb-install-db", "mysql_install_db") is None:
        return "a server is installed, but neither mariadb-install-db nor mysql_install_db, which make its data folder"
    return None


@contextmanager
def mariadb_server(*options: str) -> Iterator[Server]:
    """Starts an empty server, and stops it at the end of the block by its handle; its folder goes with it.

    options: more switches of the server, as on its command line.
    Raises Unavailable when no server is installed, or when it does not come up; the message ends with its log.
    """
    if reason := missing():
        raise Unavailable(reason)
    with ExitStack() as stack:
        # A Unix socket's path may be about 100 characters long, so the folder's name is a short one.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="strabo-my-", ignore_cleanup_errors=True)))
        data, path, log, said = folder / "data", folder / "s", folder / "log.err", folder / "stderr"
        account = ["--user=root"] if os.geteuid() == 0 else []
        _make(data, account)
        port = _free_port()
        command = [
            str(_program("mariadbd", "mysqld")), "--no-defaults", *account, f"--datadir={data}", f"--socket={path}",
            f"--port={port}", "--bind-address=127.0.0.1", f"--pid-file={folder / 'pid'}", f"--log-error={log}",
            f"--tmpdir={folder}", "--skip-name-resolve", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0",
            "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M", "--innodb-fast-shutdown=2",
            "--performance-schema=OFF", "--character-set-server=utf8mb4", *options,
        ]  # fmt: skip
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stack.enter_context(said.open("wb"))
        )
        stack.callback(_stop, child)
        password = secrets.token_urlsafe(12)
        _await(child, str(path), (said, log))
        with pymysql.connect(unix_socket=str(path), user="root") as connection, connection.cursor() as cursor:
            cursor.execute("ALTER USER root@localhost IDENTIFIED BY %s", (password,))
            cursor.execute("CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY %s", (password,))
            cursor.execute("GRANT ALL PRIVILEGES ON *.* TO root@'127.0.0.1' WITH GRANT OPTION")
        yield Server(host="127.0.0.1", port=port, user="root", password=password, socket=str(path))


_SERVER = pytest.StashKey[Server]()


@pytest.fixture(scope="session", name="mariadb")
def mariadb_fixture(request: pytest.FixtureRequest) -> Server:
    """One server for the whole test session, however many modules import this fixture.

    Where none is installed, the tests that ask for it are reported as not run, with the reason.
    """
    if reason := missing():
        pytest.skip(reason)
    stash = request.config.stash
    if _SERVER not in stash:
        stack = ExitStack()
        stash[_SERVER] = stack.enter_context(mariadb_server())
        request.config.add_cleanup(stack.close)
    return stash[_SERVER]


def _program(*names: str) -> str | None:
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_PLACES])
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def _make(data: Path, account: Sequence[str]) -> None:
    command = [
        str(_program("mariadb-install-db", "mysql_install_db")), "--no-defaults", *account, f"--datadir={data}",
        "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE * 2, check=False)
    if done.returncode:
        raise Unavailable(f"the MariaDB data folder could not be made: {done.stderr[-2000:]}", where=str(data))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(child: "subprocess.Popen[bytes]", path: str, logs: Sequence[Path]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and child.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:  # the driver forgets to close one that is refused
            if probe.connect_ex(path) == 0:
                return
        time.sleep(0.05)
    tail = "".join(log.read_text(errors="replace")[-2000:] for log in logs if log.exists())
    code = child.poll()
    how = f"did not come up within {_PATIENCE:.0f} seconds" if code is None else f"ended with exit code {code}"
    raise Unavailable(f"MariaDB {how}: {tail}", where=path)


def _stop(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(timeout=20)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
