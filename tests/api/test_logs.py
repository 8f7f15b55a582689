"""The lines of the log: one each, in two forms, without tokens and without tricks."""

import io
import json
import logging
import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.api.logs import Format, JsonLines, TextLines, set_up

TOKEN = "stb_" + "aB3" * 14 + "x"


@pytest.fixture
def logged() -> Iterator[Callable[..., io.StringIO]]:
    """Sets logging up as a server does, into a text."""
    root, ours, uvicorn = (logging.getLogger(n) for n in (None, "strabo", "uvicorn"))
    before = [(one, one.level) for one in (root, ours, uvicorn)]
    handlers: list[logging.Handler] = []

    def _set_up(form: Format, *, quiet: bool = False) -> io.StringIO:
        stream = io.StringIO()
        handlers.append(set_up(form, quiet=quiet, stream=stream))
        return stream

    yield _set_up
    for handler in handlers:
        root.removeHandler(handler)
    for one, level in before:
        one.setLevel(level)


def test_a_fault_is_one_line_of_json_and_a_readable_block_of_text(logged: Callable[..., io.StringIO]) -> None:
    as_json, as_text = logged("json"), logged("text")
    try:
        os.environ[f"with {TOKEN}\nin it"]
    except KeyError:
        logging.getLogger("strabo.faults").exception("trace %s: %s", "abc", TOKEN)
    (line,) = as_json.getvalue().splitlines()
    told = json.loads(line)
    assert (told["level"], told["logger"]) == ("error", "strabo.faults")
    assert "Traceback" in told["traceback"]
    assert as_text.getvalue().startswith(told["time"][:19] + "Z error: trace abc: stb_aB3aB3aB…\n    Traceback")
    assert TOKEN[12:] not in as_json.getvalue() + as_text.getvalue()


def test_quiet_and_the_chatter_of_others(logged: Callable[..., io.StringIO]) -> None:
    stream = logged("json", quiet=True)
    logging.getLogger("strabo.access").info('{"method":"GET"}')
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("strabo.access").warning('{"event":"token refused","why":"expired"}')
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["event"], first["why"]) == ("token refused", "expired")
    assert (second["message"], second["logger"]) == ("Invalid HTTP request received.", "uvicorn.error")


def record(message: str) -> logging.LogRecord:
    return logging.LogRecord("strabo.access", logging.INFO, "", 0, "%s", (message,), None)


@given(st.text() | st.dictionaries(st.text(), st.text() | st.integers()).map(json.dumps))
def test_no_text_makes_two_lines_or_steers_a_terminal(message: str) -> None:
    as_json = JsonLines().format(record(message))
    assert as_json.isascii()
    assert as_json.isprintable()
    assert isinstance(json.loads(as_json), dict)
    assert TextLines().format(record(message)).isprintable()


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_token_gets_through(before: str, after: str) -> None:
    message = json.dumps({"method": "GET", "path": before + TOKEN + after, "status": 1, "ms": 1, "bytes": 1})
    for form in (JsonLines(), TextLines()):
        assert TOKEN[12:] not in form.format(record(message))
