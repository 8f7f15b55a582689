"""Slow, silent, huge and many: nobody holds a place for nothing."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.server.conftest import Server, all_of

pytestmark = pytest.mark.slow

Start = Callable[..., Server]
SHORT = {"patience": {"seconds": 0.5, "head": 4096, "connections": 20}, "limits": {"seconds": 0.5}}


def dribble(connection: socket.socket, content: bytes, *, every: float = 0.1) -> tuple[bytes, float]:
    """Sends a byte at a time until the other side has enough of it; what it said, and after how long."""
    began = time.monotonic()
    connection.settimeout(every)
    said = b""
    for at in range(len(content)):
        try:
            connection.sendall(content[at : at + 1])
            chunk = connection.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            break
        if not chunk:
            break
        said += chunk
    return said, time.monotonic() - began


def test_a_head_that_dribbles_is_cut_off(start: Start) -> None:
    server = start(short=SHORT)
    with server.connect() as connection:
        said, took = dribble(connection, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * 100)
        assert said.startswith(b"HTTP/1.1 408 ")
        assert took < 3
    with server.connect() as connection:  # and one that says nothing at all
        assert all_of(connection) == b""
    with server.connect() as connection:  # the second request on a connection too
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.2)
        said, took = dribble(connection, b"GET /healthz HTTP/1.1\r\nHost: " + b"a" * 100)
        assert said.startswith(b"HTTP/1.1 200 ")
        assert b"HTTP/1.1 408 " in said
        assert took < 3
    with server.connect() as connection:  # line ends between two requests are no request
        said, took = dribble(connection, b"\r\n" * 100)
        assert took < 3
    assert server.ask("GET", "/healthz").status == 200


def test_a_quick_client_is_not_taken_for_a_slow_one(start: Start) -> None:
    server = start(short=SHORT)
    with server.connect() as connection:
        for _ in range(8):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.3)  # eight times this is more than a head may take
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_body_that_dribbles_is_cut_off(start: Start) -> None:
    server = start(short=SHORT)
    with server.connect() as connection:
        connection.sendall(b"POST /api/v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
        said, took = dribble(connection, b" " * 100)
        assert said.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in said
        assert took < 9


def test_a_head_without_end_is_cut_off(start: Start) -> None:
    server = start(short=SHORT)
    with server.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
        said = b""
        try:
            for _ in range(1000):
                connection.sendall(b"X-A: " + b"a" * 1000 + b"\r\n")
            said = all_of(connection)
        except OSError:
            said = all_of(connection)
    assert said == b"" or said.startswith(b"HTTP/1.1 431 ")  # a reset may overtake it
    assert server.ask("GET", "/healthz").status == 200


def test_more_connections_than_there_may_be_are_told_so(start: Start) -> None:
    server = start(short={"patience": {"seconds": 5, "connections": 20}})
    with ExitStack() as stack:
        held = [stack.enter_context(server.connect()) for _ in range(20)]
        time.sleep(0.2)
        with server.connect() as one_more:
            assert all_of(one_more).startswith(b"HTTP/1.1 503 ")
        held[0].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert held[0].recv(65536).startswith(b"HTTP/1.1 200 ")
    time.sleep(0.2)
    assert server.ask("GET", "/healthz").status == 200


def test_slow_clients_do_not_slow_the_others(start: Start) -> None:
    server = start()
    with ExitStack() as stack:
        for _ in range(100):
            one = stack.enter_context(server.connect())
            one.sendall(b"POST /api/v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n ")
            two = stack.enter_context(server.connect())
            two.sendall(b"GET /he")
        began = time.monotonic()
        for _ in range(20):
            assert server.ask("GET", "/readyz").status == 200
        assert time.monotonic() - began < 5


def test_who_does_not_read_the_answers_is_given_up(start: Start) -> None:
    server = start(short={"patience": {"reader": 0.5}})
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(10)
        connection.connect((server.host, server.port))
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2500)
        for _ in range(100):
            if "slow reader" in server.said():
                break
            time.sleep(0.1)
        assert '"event":"slow reader","from":"127.0.0.1"' in server.said()
    assert server.ask("GET", "/healthz").status == 200
    assert server.stop() == 0


def test_a_body_of_64_megabytes_and_one_that_is_larger(start: Start) -> None:
    server = start()
    room = 64 * 1024 * 1024
    began = time.monotonic()
    accepted = server.ask("POST", "/api/v1/records", b"[" + b" " * (room - 2) + b"]", timeout=60)
    assert accepted.status == 200, accepted.body
    larger = server.ask("POST", "/api/v1/records", b"[" + b" " * (room - 1) + b"]", timeout=60)
    assert larger.status == 413  # and read by one who sends all of it before looking
    assert larger.headers["connection"] == "close"
    with server.connect() as connection:  # refused by what it says of itself, before a byte of it came
        connection.sendall(
            f"POST /api/v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Length: {room + 1}\r\n\r\n".encode()
        )
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")
    assert time.monotonic() - began < 60


def test_bodies_together_are_bounded(start: Start) -> None:
    server = start(short={"limits": {"together": 3_000_000, "seconds": 5}})
    with ExitStack() as stack:
        for _ in range(3):
            held = stack.enter_context(server.connect())
            held.sendall(b"POST /api/v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
            held.sendall(b" " * 990_000)
        time.sleep(0.3)
        full = server.ask("POST", "/api/v1/records", b"[" + b" " * 500_000 + b"]")
        assert full.status == 503
        assert int(full.headers["retry-after"]) >= 1
        assert "fill the memory" in full.json["detail"]
        assert server.ask("GET", "/readyz").status == 200
    time.sleep(0.3)
    assert server.ask("POST", "/api/v1/records", b"[" + b" " * 500_000 + b"]").status == 200


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files by /proc")
def test_who_hangs_up_leaves_nothing_behind(start: Start) -> None:
    server = start()
    server.ask("GET", "/readyz")
    time.sleep(0.2)
    folder = Path(f"/proc/{server.process.pid}/fd")
    before = len(list(folder.iterdir()))
    for said in (
        b"",
        b"GET /he",
        b"POST /api/v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n ",
        b"\0",
    ):
        for _ in range(20):
            with server.connect() as connection:
                connection.sendall(said)
    time.sleep(0.5)
    assert len(list(folder.iterdir())) <= before + 2
