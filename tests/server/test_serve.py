"""`strabo serve` as its operator and its callers meet it: who gets in, through what, and what is said of it."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.server.conftest import Answer, Server, all_of

Start = Callable[..., Server]
TABLE = {"type": "dataset", "ref": {"namespace": "postgres://db:5432", "name": 'shop.public."ת 📦/x"'}}


@pytest.fixture
def strabo(tmp_path: Path) -> Callable[..., Any]:
    """Runs a command on the servers' catalog: what it answers in JSON, or its process when it fails."""

    def run(*args: str, code: int = 0) -> Any:
        line = [sys.executable, "-c", "from strabo.cli import main; main()", "--catalog", str(tmp_path / "c.db"), *args]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, done.stderr
        return msgspec.json.decode(done.stdout) if code == 0 else done.stderr

    return run


def bearer(text: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}", **more}


def test_another_address_wants_an_admin_first(start: Start, strabo: Any, tmp_path: Path) -> None:
    for given in ([], ["--require-token"]):
        said = strabo("serve", "--host", "0.0.0.0", "--port", "0", *given, code=2)
        assert "0.0.0.0 is reachable from other machines, and there is no token of an admin" in said
        assert "strabo token create NAME --right admin" in said
        assert "--i-know-this-is-open" in said
        assert not (tmp_path / "c.db").exists()
    strabo("token", "create", "reader", "--right", "read", "--json")
    strabo("serve", "--host", "::", "--port", "0", code=2)
    text = strabo("token", "create", "root", "--right", "admin", "--json")["secret"]
    server = start("--host", "0.0.0.0")
    server.host = "127.0.0.1"
    assert server.ask("GET", "/api/v1/audit").status == 401
    assert server.ask("GET", "/api/v1/audit", headers=bearer(text)).status == 200
    assert server.ask("GET", "/healthz").status == 200


def test_open_to_all_is_said_loudly(start: Start, strabo: Any) -> None:
    server = start("--host", "0.0.0.0", "--i-know-this-is-open")
    server.host = "127.0.0.1"
    assert server.said().startswith("WARNING: OPEN TO ALL. Whoever can reach 0.0.0.0 may read and change everything")
    assert server.ask("POST", "/api/v1/records", [TABLE]).json["written"] == 1
    assert server.ask("GET", "/api/v1/audit").json["writes"][0]["actor"] == "anyone"
    for other in ("--require-token", "--trusted-proxy=127.0.0.1"):
        said = strabo("serve", "--i-know-this-is-open", other, "--port", "0", code=2)
        assert "cannot be open and want tokens" in said


def test_a_token_works_at_once_and_ends_soon(start: Start, strabo: Any) -> None:
    server = start("--require-token")
    assert "there is no token yet, so nobody gets in" in server.said()
    assert server.ask("GET", "/api/v1/audit").status == 401
    token = strabo(
        "token", "create", "etl", "--right", "ingest", "--feed", "etl*", "--namespace", "postgres://*", "--json"
    )
    headers = bearer(token["secret"])
    assert server.ask("POST", "/api/v1/records?feed=etl-1", [TABLE], headers=headers).json["written"] == 1
    denied = server.ask("POST", "/api/v1/records?feed=other", [TABLE], headers=headers)
    assert (denied.status, denied.json["fix"]) == (403, "its feeds: etl*")
    other = {**TABLE, "ref": {"namespace": "mysql://db:3306", "name": "x"}}
    assert server.ask("POST", "/api/v1/records?feed=etl-1", [other], headers=headers).json["failed"] == 1
    assert server.ask("GET", "/api/v1/search?q=x", headers=headers).status == 403
    strabo("token", "revoke", "etl", "--json")
    time.sleep(2.1)
    ended = server.ask("POST", "/api/v1/records?feed=etl-1", [TABLE], headers=headers)
    assert (ended.status, ended.json["detail"]) == (401, "the token is not valid, or not any more")
    assert ended.headers["www-authenticate"] == 'Bearer realm="strabo", error="invalid_token"'
    assert server.stop() == 0
    assert strabo("token", "list", "--all", "--json")["tokens"][0]["used_at"] is not None
    writes = strabo("audit", "--json")["writes"]
    assert ("etl", "127.0.0.1", "POST /api/v1/records", "etl-1") in [
        (w["actor"], w["origin"], w["what"], w["feed"]) for w in writes
    ]


def test_the_first_token_closes_the_door_to_who_has_none(start: Start, strabo: Any) -> None:
    server = start()
    assert server.ask("GET", "/metrics").status == 200
    text = strabo("token", "create", "ann", "--right", "read", "--json")["secret"]
    time.sleep(2.1)
    assert server.ask("GET", "/metrics").status == 401
    assert server.ask("GET", "/metrics", headers={"X-API-Key": text}).status == 200
    strabo("token", "revoke", "ann", "--json")
    time.sleep(2.1)
    assert server.ask("GET", "/metrics").status == 401  # what was closed does not open because a token leaked
    assert server.ask("GET", "/readyz").status == 200


def test_addresses_come_from_a_trusted_proxy_only(start: Start, strabo: Any) -> None:
    text = strabo("token", "create", "etl", "--right", "ingest", "--right", "admin", "--json")["secret"]
    relayed = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9", "X-Forwarded-Proto": "https", "Host": "catalog.example.org"}
    server = start("--trusted-proxy", "127.0.0.1", "--host-name", "catalog.example.org")
    assert server.ask("POST", "/api/v1/records?feed=a", [TABLE], headers=bearer(text, **relayed)).status == 200
    assert server.ask("GET", "/api/v1/audit", headers=relayed).status == 401
    assert server.ask("GET", "/api/v1/audit", headers={"X-Forwarded-For": "127.0.0.1"}).status == 401
    broken = bearer(text, **{**relayed, "X-Forwarded-For": "no address"})
    assert server.ask("GET", "/api/v1/audit", headers=broken).status == 200
    writes = server.ask("GET", "/api/v1/audit", headers=bearer(text)).json["writes"]
    assert writes[0]["origin"] == "203.0.113.9"  # the one that the proxy saw, not what was said to it
    server.stop()
    server = start("--host-name", "catalog.example.org")
    server.ask("POST", "/api/v1/records?feed=b", [TABLE], headers=bearer(text, **relayed))
    writes = server.ask("GET", "/api/v1/audit", headers=bearer(text)).json["writes"]
    assert (writes[0]["feed"], writes[0]["origin"]) == ("b", "127.0.0.1")
    assert "'example.org' is no address to trust" in strabo("serve", "--trusted-proxy", "example.org", code=2)


def test_who_comes_through_a_proxy_that_nobody_spoke_of_is_not_local(start: Start) -> None:
    server = start()
    assert server.ask("GET", "/metrics").status == 200
    assert server.ask("GET", "/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status == 401


def test_other_sites_and_other_hosts_are_kept_out(start: Start) -> None:
    server = start()
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answers = [
        server.ask("OPTIONS", "/api/v1/records", headers=preflight),
        server.ask("POST", "/api/v1/records", [TABLE], headers={"Origin": "https://evil.example"}),
        server.ask("GET", "/api/v1/search?q=x", headers={"Origin": "null"}),
        server.ask("GET", "/healthz", headers={"Host": "evil.example"}),
        server.ask("GET", "/healthz"),
        server.ask("GET", "/nowhere"),
    ]
    assert [a.status for a in answers] == [405, 403, 403, 400, 200, 404]
    for answer in answers:
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers
    assert server.ask("GET", "/api/v1/search?q=x").json["next"] is None


def test_no_token_is_in_any_line_error_or_write(start: Start, strabo: Any, tmp_path: Path) -> None:
    kept = strabo("token", "create", "ann", "--right", "admin", "--json")["secret"]
    gone = strabo("token", "create", "bob", "--right", "admin", "--json")["secret"]
    strabo("token", "revoke", gone, "--json")
    for form in ("json", "text"):
        server = start("--log-format", form)
        answers: list[Answer | bytes] = []
        for text in (kept, gone, kept[:-1], "Bearer " + kept):
            for headers in (bearer(text), {"X-API-Key": text}, {"Authorization": text}):
                answers += [
                    server.ask("GET", f"/api/v1/search?q=x&token={text.split()[-1]}", headers=headers),
                    server.ask("GET", f"/{text.split()[-1]}/x", headers=headers),
                    server.ask("DELETE", f"/api/v1/tokens/{gone}", headers=headers),
                    server.ask("POST", "/api/v1/tokens", {"name": gone, "rights": ["read"]}, headers=headers),
                ]
        with server.connect() as line:
            line.sendall(f"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization Bearer {kept}\r\n\r\n".encode())
            answers.append(all_of(line))
        assert server.stop() == 0
        said = server.said()
        assert len(said.splitlines()) > 40
        for secret in (kept[12:40], gone[12:40]):
            assert secret not in said
            for answer in answers:
                body = answer if isinstance(answer, bytes) else answer.body + repr(answer.headers).encode()
                assert secret.encode() not in body, body
    told = msgspec.json.encode(strabo("audit", "--uses", "--json")).decode()
    assert "token revoke" in told
    for secret in (kept[12:40], gone[12:40]):
        assert secret not in told
        for file in tmp_path.iterdir():
            assert secret.encode() not in file.read_bytes(), file


def test_each_request_is_a_line(start: Start) -> None:
    server = start()
    server.ask("GET", "/a%0d%0aX:%20y%1b[31m", headers={"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"})
    server.stop()
    lines = [msgspec.json.decode(line) for line in server.said().splitlines()]
    assert [line.get("event") for line in lines] == ["started", None, "stopping", "stopped"]
    access = lines[1]
    assert (access["level"], access["method"], access["status"], access["trace"]) == ("info", "GET", 404, "ab" * 16)
    assert access["path"] == "/a\r\nX: y\x1b[31m"
    assert access["time"].endswith("Z")
    server = start("--log-format", "text")
    server.ask("GET", "/a%0d%0aX:%20y%1b[31m%E2%80%AE")
    server.stop()
    lines = server.said().splitlines()
    assert len(lines) == 4
    assert "GET /a\\r\\nX: y\\x1b[31m\\u202e 404 " in lines[1]
    server = start("--quiet")
    server.ask("GET", "/healthz")
    server.stop()
    assert server.said() == ""


def test_a_port_that_is_taken(start: Start, strabo: Any) -> None:
    server = start()
    assert "take another with --port" in strabo("serve", "--port", str(server.port), code=3)
    assert "there is no address" in strabo("serve", "--host", "no.such.host.invalid", "--i-know-this-is-open", code=2)
