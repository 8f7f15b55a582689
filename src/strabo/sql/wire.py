"""What goes between this process and the one that resolves what may be too much for it: length, then msgpack."""

from typing import IO

import msgspec

from strabo.sql.names import TableName
from strabo.sql.result import Limits, Result, Session, Table


class Job(msgspec.Struct, frozen=True, tag="job"):
    """A text to resolve. `skip`: the numbers of statements that were too much before."""

    text: str
    dialect: str
    session: Session
    shown: tuple[str, ...]
    limits: Limits
    skip: tuple[int, ...] = ()


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """The worker wants to know a table."""

    name: TableName


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    table: Table | None


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """The worker has begun a statement; nothing is heard of it until it asks, begins another, or is done."""

    number: int


class Done(msgspec.Struct, frozen=True, tag="done"):
    result: Result


Message = Job | Ask | Answer | Begun | Done

_LENGTH = 8  # bytes
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def send(stream: IO[bytes], message: Message) -> None:
    body = _encoder.encode(message)
    stream.write(len(body).to_bytes(_LENGTH, "big") + body)
    stream.flush()


def decode(body: bytes) -> Message:
    return _decoder.decode(body)


def receive(stream: IO[bytes]) -> Message | None:
    """The next message; None at the end."""
    head = stream.read(_LENGTH)
    if len(head) < _LENGTH:
        return None
    size = int.from_bytes(head, "big")
    body = stream.read(size)
    return decode(body) if len(body) == size else None
