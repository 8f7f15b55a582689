"""Where a server is, and where a token may go."""

import pytest

from strabo.errors import UsageError
from strabo.kit.address import Address, address, token_for
from strabo.model.secret import Secret


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRABO_URL", raising=False)
    monkeypatch.delenv("STRABO_TOKEN", raising=False)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        (" https://Catalog.Example/ \n", "https://catalog.example"),
        ("https://c.example:443/team/strabo/", "https://c.example/team/strabo"),
        ("https://c.example/x/api/v1/", "https://c.example/x"),
        ("http://[::1]:5400/api/v1", "http://[::1]:5400"),
    ],
)
def test_urls(text: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert address(text).url == url
    monkeypatch.setenv("STRABO_URL", text)
    assert address(None).url == url
    assert address(url).url == url


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no server is named"),
        ("catalog.example", "not the URL of a server"),
        ("localhost:8000", "not the URL of a server"),
        ("ftp://c", "not the URL of a server"),
        ("http://", "not the URL of a server"),
        ("http://c:port", "cannot be taken apart"),
        ("http://[::1", "cannot be taken apart"),
        ("http://a..b", "cannot be taken apart"),
        ("http://c/?q=1", "ends in something else"),
        ("http://c/a b", "ends in something else"),
        ("https://me:s3cret@c", "has a login in it"),
    ],
)
def test_what_is_no_url(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        address(text)
    assert caught.value.fix
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_a_token_may_stay_on_this_machine(host: str) -> None:
    token = token_for(Address("http", host, 80), "t0ken")
    assert token is not None
    assert token.reveal() == "t0ken"


@pytest.mark.parametrize("host", ["c.example", "localhost.example", "10.0.0.1", "128.0.0.1", "2130706433", "::2"])
def test_a_token_goes_nowhere_else_in_clear_text(host: str) -> None:
    there = Address("http", host, 80)
    with pytest.raises(UsageError, match="in clear text") as caught:
        token_for(there, "t0ken")
    assert "t0ken" not in str(caught.value)
    assert "https://" in caught.value.fix
    assert token_for(there, None) is None
    assert token_for(there, "t0ken", insecure=True)
    assert token_for(there._replace(scheme="https"), "t0ken")


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "ключ", "\x00", "a\x7f"])
def test_what_is_no_token(token: str) -> None:
    with pytest.raises(UsageError, match="token") as caught:
        token_for(Address("https", "c", 443), token)
    assert token not in str(caught.value)


def test_where_a_token_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    there = Address("https", "c", 443)
    assert token_for(there, None) is None
    monkeypatch.setenv("STRABO_TOKEN", "of-the-environment\n")
    assert token_for(there, None) == Secret("of-the-environment")
    assert token_for(there, "") == Secret("of-the-environment")
    assert token_for(there, Secret("mine")) == Secret("mine")
