"""The settings of the MySQL source: the URL taken apart, and never shown."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.errors import UsageError
from strabo.kit.patterns import excluded_by
from strabo.model.secret import Secret
from strabo.sources.mysql import MySqlConfig, MySqlSource
from strabo.sources.mysql.config import namespace_of, place, resolved

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(TEXT, TEXT, TEXT.filter(lambda name: name.strip("/") == name))
def test_a_url_gives_back_what_was_put_in(user: str, password: str, database: str) -> None:
    url = f"mariadb://{quote(user, safe='')}:{quote(password, safe='')}@DB.example:3307/{quote(database, safe='')}"
    config = resolved(MySqlConfig(url=Secret(url), host="ignored", user="ignored"))
    assert (config.host, config.port, config.user) == ("db.example", 3307, user)
    assert config.password is not None
    assert config.password.reveal() == password
    assert excluded_by(database, config.databases, ()) is None
    assert excluded_by(database + "x", config.databases, ()) is not None
    assert config.url is None


def test_a_url_may_say_less_and_options_more() -> None:
    url = Secret("mysql://db?ssl_ca=/ca.pem&ssl_verify_cert=no&ssl_verify_identity=True&unix_socket=/s")
    config = resolved(MySqlConfig(url=url, user="u", password=Secret("p"), databases=("a", "b")))
    assert (config.host, config.port, config.user, config.password) == ("db", 3306, "u", Secret("p"))
    assert (config.ssl_ca, config.ssl_verify_cert, config.ssl_verify_identity) == ("/ca.pem", False, True)
    assert config.databases == ("a", "b")
    assert place(config) == "/s"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://u:p@ss/w0rd@db:3306/x", "cannot be taken apart"),
        ("mysql://u:12?w0rd@db:3306/x", "cannot be taken apart"),
        ("mysql://u:12#w0rd@db:3306/x", "cannot be taken apart"),
        ("mysql://u:hunter2@db:99999/x", "cannot be taken apart"),
        ("postgres://u:hunter2@db/x", "scheme"),
        ("u:hunter2@db", "scheme"),
        ("mysql://u:hunter2@db/x?charset=latin1", "'charset' is unknown"),
        ("mysql://u:hunter2@db/x?ssl_verify_cert=perhaps", "neither true nor false"),
    ],
)
def test_a_wrong_url_is_refused_before_anything_connects_and_is_not_shown(url: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        MySqlSource(MySqlConfig(url=Secret(url)))
    shown = str(caught.value) + repr(caught.value.__cause__)
    assert "hunter2" not in shown
    assert "w0rd" not in shown


@pytest.mark.parametrize("settings", [{"connect_timeout": 0}, {"statement_timeout": -1.0}])
def test_a_time_that_is_none_is_refused(settings: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="must be more than 0"):
        MySqlSource(MySqlConfig(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("settings", [{"port": 0}, {"port": 65536}, {"url": Secret("mysql://db"), "port": -1}])
def test_a_port_that_is_none_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="between 1 and 65535"):
        MySqlSource(MySqlConfig(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["a..b", "x" * 70])
def test_a_host_that_cannot_be_one_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="no host name"):
        next(MySqlSource(MySqlConfig(host=host)).read())


def test_the_namespace_is_that_of_openlineage() -> None:
    assert namespace_of(MySqlConfig(host="DB.Example")) == "mysql://db.example:3306"
    assert namespace_of(MySqlConfig(host="::1", port=3307)) == "mysql://[::1]:3307"
    assert namespace_of(MySqlConfig(namespace="mysql://cluster")) == "mysql://cluster"


def test_a_config_never_shows_its_secrets() -> None:
    assert "hunter2" not in repr(MySqlConfig(password=Secret("hunter2"), url=Secret("mysql://u:hunter2@db")))
