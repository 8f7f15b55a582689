"""What the server says on standard error: one line for each request, fault and change of state, without secrets."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

import msgspec

from strabo.catalog.tokens import hidden

Format = Literal["json", "text"]


def set_up(form: Format, *, quiet: bool = False, stream: TextIO | None = None) -> logging.Handler:
    """Sends everything that is logged to standard error. quiet: only what needs somebody. Returns the handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("strabo").setLevel(logging.WARNING if quiet else logging.INFO)
    # Its chatter about starting and stopping is ours to say; what it warns of is not.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    return handler


class JsonLines(logging.Formatter):
    """Each record as one JSON object on one line: time, level, and its own members or message and traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        message = record.getMessage()
        told = _object(message)
        line = {"time": _time(record), "level": record.levelname.lower(), **(told or {"message": message})}
        if told is None:
            line["logger"] = record.name
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return hidden(json.dumps(line, default=str, separators=(",", ":")))  # ASCII: nothing in it steers a terminal


class TextLines(logging.Formatter):
    """For people: the time, and the members of an object one after the other."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end; a traceback below it."""
        message = record.getMessage()
        told = _object(message)
        if told is not None and "method" in told:
            took, size = f"{told['ms']} ms", f"{told['bytes']} B"
            ends = [str(told[k]) for k in ("who", "from", "trace") if told.get(k)]
            message = " ".join([str(told["method"]), str(told["path"]), str(told["status"]), took, size, *ends])
        elif told is not None:
            message = " ".join([str(told.pop("event", "")), *(f"{k}={v}" for k, v in told.items())]).strip()
        level = "" if record.levelno <= logging.INFO else f"{record.levelname.lower()}: "
        text = f"{_time(record)[:19]}Z {level}{_plain(message)}"
        if record.exc_info:
            lines = self.formatException(record.exc_info).splitlines()
            text += "".join(f"\n    {_plain(line)}" for line in lines)
        return hidden(text)


def _object(message: str) -> dict[str, object] | None:
    if not message.startswith("{"):
        return None
    try:
        found = msgspec.json.decode(message)
    except msgspec.DecodeError:
        return None
    return found if isinstance(found, dict) else None


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(text: str) -> str:
    """What comes from a request must not look like another line, or steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
