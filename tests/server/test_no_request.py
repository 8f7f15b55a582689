"""What never becomes a request is answered like all else: a problem that says what to do, with the security headers."""

import socket
from collections.abc import Callable

import msgspec
import pytest
from tests.server.conftest import Server, all_of

pytestmark = pytest.mark.slow

Start = Callable[..., Server]
SHORT = {"patience": {"seconds": 0.5, "head": 4096, "connections": 5}}


def _read(connection: socket.socket) -> tuple[int, dict[str, str], dict[str, str]]:
    head, _, body = all_of(connection).partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in rest)
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "deny")
    assert "content-security-policy" in headers
    problem = msgspec.json.decode(body)
    assert problem["detail"]
    assert problem["fix"]
    assert problem["status"] == int(first.split()[1])
    return problem["status"], headers, problem


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nno header\r\n\r\n", 400),
        (b"GET /api/v1/datasets/file/\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (
            b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ", 408),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 5000, 431),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 5000 + b"\r\n\r\n", 431),  # complete, at once
        (b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 5000 + b"\r\nContent-Length: 1\r\n\r\nx", 431),
    ],
)
def test_it_is_a_problem_with_all_headers(start: Start, sent: bytes, status: int) -> None:
    server = start(short=SHORT)
    with server.connect() as connection:
        connection.sendall(sent)
        assert _read(connection)[0] == status
    assert server.ask("GET", "/healthz").status == 200


def test_one_connection_too_many_is_told_when_to_come_again(start: Start) -> None:
    server = start(short=SHORT)
    held = [server.connect() for _ in range(5)]
    with server.connect() as connection:
        status, headers, _ = _read(connection)
    assert (status, headers["retry-after"]) == (503, "1")
    for connection in held:
        connection.close()
