"""Stopping: what is under way is answered, what is new is sent away, what was accepted is kept."""

import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tests.server.conftest import Server, all_of
from tests.server.test_kill import Load, Numbers, record

from strabo.catalog.catalog import open_catalog

pytestmark = pytest.mark.slow

Start = Callable[..., Server]


def half_a_post(server: Server, body: bytes) -> tuple[socket.socket, bytes]:
    connection = server.connect()
    head = f"POST /api/v1/records?feed=late HTTP/1.1\r\nHost: {server.host}\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body[:10])
    return connection, body[10:]


def test_what_is_under_way_is_finished_and_what_is_new_is_sent_away(start: Start, tmp_path: Path) -> None:
    server = start()
    connection, rest = half_a_post(server, msgspec.json.encode([record(1)]))
    kept = server.connect()  # a connection from before, between two requests
    time.sleep(0.2)
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    refused = server.ask("GET", "/readyz")
    assert refused.status == 503
    assert refused.headers["retry-after"] == "5"
    assert refused.headers["connection"] == "close"
    assert refused.json["detail"] == "the server is stopping"
    assert server.ask("POST", "/api/v1/records", [record(2)]).status == 503
    assert server.ask("GET", "/healthz").status == 200
    kept.sendall(b"GET /api/v1/search?q=x HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert all_of(kept).startswith(b"HTTP/1.1 503 ")
    connection.sendall(rest)
    answer = all_of(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"written":1' in answer
    assert server.process.wait(10) == 0
    for open_ in (connection, kept):
        open_.close()
    said = [msgspec.json.decode(line) for line in server.said().splitlines()]
    assert [line["event"] for line in said if "event" in line] == ["started", "stopping", "stopped"]
    assert said[-1]["turned_away"] == 3
    with open_catalog(tmp_path / "c.db") as catalog:
        assert [r.ref.name for r in catalog.export()] == ["shop.public.t1"]


def test_under_load_nothing_acknowledged_is_lost(start: Start, tmp_path: Path) -> None:
    server = start("--quiet")
    load = Load(server, Numbers())
    time.sleep(0.4)
    assert server.stop() == 0
    for thread in load._threads:
        thread.join(30)
    assert all(status == 503 for status, _ in load.refused)
    assert len(load.acknowledged) > 10
    with open_catalog(tmp_path / "c.db") as catalog:
        names = [r.ref.name for r in catalog.export()]
    assert sorted(names) == sorted(f"shop.public.t{n}" for n in load.acknowledged)
    assert server.said() == ""


def test_who_dawdles_is_not_waited_for_for_ever(start: Start) -> None:
    server = start(short={"drain": 0.5, "limits": {"seconds": 60}})
    connection, _ = half_a_post(server, b" " * 100)
    time.sleep(0.2)
    began = time.monotonic()
    assert server.stop() == 0
    assert 0.3 < time.monotonic() - began < 9
    connection.close()


def test_ctrl_c_ends_it_well_and_a_second_one_at_once(start: Start) -> None:
    server = start()
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(10) == 0
    server = start()
    connection, _ = half_a_post(server, b" " * 100)
    time.sleep(0.2)
    for _ in range(2):
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    assert server.process.wait(5) == 0
    connection.close()
