"""The gate: counts what is under way, turns away when stopping."""

import asyncio
from typing import Any

from strabo.api.gate import Gate


def scope(*headers: tuple[bytes, bytes], path: str = "/x") -> dict[str, Any]:
    return {"type": "http", "method": "POST", "path": path, "headers": list(headers), "client": ("10.0.0.1", 1)}


def answering(media: bytes = b"application/json", status: int = 200) -> Any:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", media)]})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        await send({"type": "http.response.body", "body": b"b"})

    return app


def ask(gate: Gate, scope: dict[str, Any], incoming: list[dict[str, Any]] | None = None) -> list[Any]:
    sent: list[Any] = []

    async def receive() -> Any:
        if not incoming:
            await asyncio.sleep(30)
        assert incoming is not None
        return incoming.pop(0)

    async def send(message: Any) -> None:
        sent.append((gate.under_way, message))

    asyncio.run(gate(scope, receive, send))
    assert gate.under_way == 0
    return sent


def test_what_is_under_way_is_counted_until_its_end_and_a_stream_of_events_is_not() -> None:
    assert [count for count, _ in ask(Gate(answering()), scope())] == [1, 1, 1]
    assert [count for count, _ in ask(Gate(answering(b"text/event-stream")), scope())] == [0, 0, 0]


def test_an_answer_before_the_end_of_the_body_closes_the_line_once_the_rest_is_read() -> None:
    length = (b"content-length", b"30")
    rest = [{"type": "http.request", "body": b"x" * 10, "more_body": at < 2} for at in range(3)]
    sent = [message for _, message in ask(Gate(answering(status=413)), scope(length), rest)]
    assert (b"connection", b"close") in sent[0]["headers"]
    assert rest == []
    assert [(m["body"], m.get("more_body", False)) for m in sent[1:]] == [(b"a", True), (b"b", True), (b"", False)]
    sent = [message for _, message in ask(Gate(answering()), scope((b"content-length", b"0")))]
    assert (b"connection", b"close") not in sent[0]["headers"]
    gone = [{"type": "http.disconnect"}]
    assert len(ask(Gate(answering(status=401)), scope((b"transfer-encoding", b"chunked")), gone)) == 4


def test_when_stopping_it_turns_away_all_but_the_question_whether_it_lives() -> None:
    gate = Gate(answering())
    gate.stopping = True
    start, body = (message for _, message in ask(gate, scope()))
    assert start["status"] == 503
    assert (b"retry-after", b"5") in start["headers"]
    assert b"stopping" in body["body"]
    assert ask(gate, scope(path="/healthz"))[0][1]["status"] == 200
    assert gate.turned_away == 1
