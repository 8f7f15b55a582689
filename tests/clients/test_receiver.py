"""The door that the clients are watched through does what it says."""

import gzip
import http.client
from urllib.parse import urlsplit

import pytest
from tests.clients.receiver import receiving

EVENT = b'{"eventType": "START"}'


def post(url: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request("POST", "/api/v1/lineage", body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_what_is_posted_is_kept_as_it_was() -> None:
    with receiving() as receiver:
        post(receiver.url, EVENT)
        post(receiver.url, gzip.compress(EVENT), **{"Content-Encoding": "gzip"})
        assert [one.body for one in receiver.received] == [EVENT, EVENT]
        assert receiver.events() == [{"eventType": "START"}] * 2


def test_a_body_in_chunks_is_read_whole() -> None:
    with receiving() as receiver:
        connection = http.client.HTTPConnection(urlsplit(receiver.url).netloc, timeout=10)
        for _ in range(2):  # the second shows that nothing of the first was left on the line
            connection.request("POST", "/api/v1/lineage", iter([EVENT[:5], EVENT[5:]]), encode_chunked=True)
            assert connection.getresponse().read() == b""
        connection.close()
        assert [one.body for one in receiver.received] == [EVENT, EVENT]


def test_it_is_busy_as_often_as_it_was_told() -> None:
    with receiving() as receiver:
        receiver.busy = 2
        assert [post(receiver.url, EVENT)[0] for _ in range(3)] == [503, 503, 201]
        assert len(receiver.events()) == 1
        assert receiver.refused() == []


@pytest.mark.parametrize("compressed", [True, False])
def test_what_is_handed_on_comes_as_it_was_sent(compressed: bool) -> None:
    with receiving() as behind, receiving(behind.url) as receiver:
        headers = {"Content-Encoding": "gzip"} if compressed else {}
        body = gzip.compress(EVENT) if compressed else EVENT
        status, _ = post(receiver.url, body, Authorization="Bearer x", **headers)
        assert status == 201
        assert behind.received[0].body == EVENT
        assert behind.received[0].headers["authorization"] == "Bearer x"
        assert behind.received[0].headers.get("content-encoding") == headers.get("Content-Encoding")


def test_an_answer_that_is_no_comes_back() -> None:
    with receiving() as behind, receiving(behind.url) as receiver:
        behind.busy = 1
        assert post(receiver.url, EVENT)[0] == 503
        assert post(receiver.url, EVENT)[0] == 201
