"""Settings become typed config, or every problem is told at once and no secret with it."""

import enum
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.errors import UsageError
from strabo.ingest.config import Step, build, config_type, explain, read_config
from strabo.ingest.document import Origin
from strabo.ingest.reader import spell
from strabo.model.records import Owner, Record
from strabo.model.secret import Secret


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    ca: Path | None = None  # the authority's certificate
    verify: bool = True


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Config(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    host: str  # where the server is
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 5432
    password: Secret | None = None  # never printed
    tokens: dict[str, Secret] = {}
    tls: Tls = Tls()
    schemas: tuple[str, ...] = ()
    """What to read,
    and nothing else."""
    mode: Literal["fast", "full"] = "fast"
    colour: Colour = Colour.RED
    ratio: float = 0.5
    owners: tuple[str | Owner, ...] = ()
    options: dict[str, int] = {}
    pair: tuple[int, str] | None = None
    every: timedelta | None = None
    anything: Any = None
    from_: str = ""


def problems(raw: dict[str, Any], **origin: Any) -> list[str]:
    with pytest.raises(UsageError) as caught:
        read_config(Config, raw, Origin(**origin))
    lines = str(caught.value.what).splitlines()
    return [line.strip() for line in lines[1:]] if len(lines) > 1 else lines


def test_everything_at_its_place() -> None:
    config = read_config(
        Config,
        {
            "host": "db", "port": 1, "password": "hunter2", "tokens": {"a": "b"}, "tls": {"ca": "/x", "verify": False},
            "schemas": ["a", "b"], "mode": "full", "colour": "blue", "ratio": 1, "owners": ["anna", {"name": "bi"}],
            "options": {"x": 1}, "pair": [1, "b"], "every": "PT5S", "anything": {"x": [1]}, "from": "y",
        },
    )  # fmt: skip
    assert config == Config(
        host="db", port=1, password=Secret("hunter2"), tokens={"a": Secret("b")}, tls=Tls(ca=Path("/x"), verify=False),
        schemas=("a", "b"), mode="full", colour=Colour.BLUE, ratio=1.0, owners=("anna", Owner(name="bi")),
        options={"x": 1}, pair=(1, "b"), every=timedelta(seconds=5), anything={"x": [1]}, from_="y",
    )  # fmt: skip
    assert type(config.schemas) is tuple
    assert read_config(Config, {"host": "db", "password": None}) == Config(host="db")
    assert read_config(Config, {"host": "db", "tls": Tls(verify=False), "password": Secret("x")}).tls.verify is False


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({}, "host: missing; it takes text"),
        ({"hots": "x"}, "hots: unknown setting; did you mean host?"),
        ({"host": 5}, "host: expected text, got 5"),
        ({"host": None}, "host: expected text, got nothing"),
        ({"host": True}, "host: expected text, got true"),
        ({"host": ["a"]}, "host: expected text, got a list"),
        ({"host": "x" * 80}, None),
        ({"port": "abc"}, "port: expected a whole number, at least 1, at most 65535, got 'abc'"),
        ({"port": "5432"}, "port: expected a whole number, at least 1, at most 65535, got '5432'"),
        ({"port": 0}, "port: expected a whole number, at least 1, at most 65535, got 0"),
        ({"port": 1.5}, "port: expected a whole number, at least 1, at most 65535, got 1.5"),
        ({"port": True}, "port: expected a whole number, at least 1, at most 65535, got true"),
        ({"password": 5}, "password: expected secret text, got a number"),
        ({"password": ["hunter2"]}, "password: expected secret text, got a list"),
        ({"tokens": {"a": 5}}, "tokens.a: expected secret text, got a number"),
        ({"tokens": "hunter2"}, "tokens: expected a mapping of text to secret text, got something else"),
        ({"tls": {"cas": "x"}}, "tls.cas: unknown setting; did you mean ca?"),
        ({"tls": {"verify": 5}}, "tls.verify: expected true or false, got 5"),
        ({"tls": {"ca": ""}}, "tls.ca: expected a path, got ''"),
        ({"tls": "yes"}, "tls: expected a mapping, got 'yes'"),
        ({"schemas": "a"}, "schemas: expected a list of text, got 'a'"),
        ({"schemas": ["a", 1]}, "schemas[1]: expected text, got 1"),
        ({"schemas": {"a": 1}}, "schemas: expected a list of text, got a mapping"),
        ({"mode": "fats"}, 'mode: expected one of "fast", "full" (did you mean fast?), got \'fats\''),
        ({"mode": 7}, 'mode: expected one of "fast", "full", got 7'),
        ({"colour": "green"}, 'colour: expected one of "red", "blue", got \'green\''),
        ({"ratio": "much"}, "ratio: expected a number, got 'much'"),
        ({"owners": [{"nam": "x"}]}, "owners[0].nam: unknown setting; did you mean name?"),
        ({"owners": [5]}, "owners[0]: expected text, got 5"),
        ({"options": {"a b": "c"}}, "options.a b: expected a whole number, got 'c'"),
        ({"pair": [1]}, "pair: expected 2 values, got 1"),
        ({"pair": [1, 2]}, "pair[1]: expected text, got 2"),
        ({"every": "soon"}, "every: expected timedelta, got 'soon'"),
        ({"from_": "x"}, "from_: unknown setting; did you mean from?"),
    ],
)
def test_each_problem(raw: dict[str, Any], said: str | None) -> None:
    if said is None:
        read_config(Config, raw)
        return
    found = problems({"host": "db"} | raw if raw and "hots" not in raw else raw)
    assert said in [line.split(" (put it")[0].split(" (write")[0] for line in found]
    assert len(found) == 1 + ("hots" in raw) + ("nam" in str(raw))


def test_all_problems_at_once_with_their_lines() -> None:
    lines: dict[tuple[str | int, ...], int] = {(): 1, ("hots",): 2, ("tls", "x"): 5, ("schemas",): 6, ("schemas", 1): 8}
    raw = {"hots": "db", "tls": {"x": 1}, "schemas": ["a", 2], "mode": 1}
    assert problems(raw, file="f.yaml", lines=lines) == [
        "f.yaml:1: host: missing; it takes text",
        'f.yaml:1: mode: expected one of "fast", "full", got 1',
        "f.yaml:2: hots: unknown setting; did you mean host?",
        "f.yaml:5: tls.x: unknown setting; known: ca, verify",
        "f.yaml:8: schemas[1]: expected text, got 2 (put it in quotes)",
    ]


@pytest.mark.parametrize(
    ("raw", "fix"),
    [({"schemas": "a"}, "write [a]"), ({"host": 5}, "put it in quotes"), ({"password": 5}, "put it in quotes")],
)
def test_fixes_that_can_be_copied(raw: dict[str, Any], fix: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_config(Config, {"host": "db"} | raw)
    assert caught.value.fix == fix


@pytest.mark.parametrize(
    ("raw", "made"),
    [
        ({"port": " 5432\n"}, {"port": 5432}), ({"ratio": "0.25"}, {"ratio": 0.25}),
        ({"options": {"a": "5"}}, {"options": {"a": 5}}),
        ({"tls": {"verify": "false"}}, {"tls": Tls(verify=False)}), ({"host": "5432"}, {"host": "5432"}),
        ({"pair": ["5", "6"]}, {"pair": (5, "6")}),
        ({"password": "5"}, {"password": Secret("5")}), ({"mode": "full\n"}, {"mode": "full"}),
    ],
)  # fmt: skip
def test_inserted_text_may_be_a_number_or_a_boolean(raw: dict[str, Any], made: dict[str, Any]) -> None:
    assert read_config(Config, {"host": "db"} | raw, Origin(inserted=everywhere(raw))) == Config(
        **({"host": "db"} | made)
    )


def everywhere(value: Any, path: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], tuple[str, ...]]:
    if isinstance(value, dict):
        return {p: v for key, item in value.items() for p, v in everywhere(item, (*path, key)).items()}
    if isinstance(value, list):
        return {p: v for at, item in enumerate(value) for p, v in everywhere(item, (*path, at)).items()}
    return {path: (str(value),)}


@pytest.mark.parametrize(
    "raw",
    [
        {"port": "hunter2"}, {"mode": "hunter2"}, {"schemas": "hunter2"}, {"tls": "hunter2"}, {"colour": "hunter2"},
        {"options": {"a": "hunter2"}}, {"password": ["hunter2"]}, {"tokens": "hunter2"}, {"tokens": ["hunter2"]},
        {"ratio": "hunter2"}, {"every": "hunter2"}, {"pair": "hunter2"}, {"owners": "hunter2"},
        {"tls": {"verify": "hunter2"}},
    ],
)  # fmt: skip
def test_inserted_values_are_never_shown(raw: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        read_config(Config, raw, Origin(inserted=everywhere(raw)))
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@given(st.text(min_size=12), st.sampled_from(["password", "tokens"]))
def test_a_secret_is_never_shown(secret: str, field: str) -> None:
    for wrong in ([secret], {"x": [secret]}):
        with pytest.raises(UsageError) as caught:
            read_config(Config, {"host": "db", field: wrong})
        assert secret not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"), [("on", True), ("Yes", True), ("off", False), ("no", False), ("TRUE", True)]
)
def test_words_for_booleans(text: str, value: bool) -> None:
    assert read_config(Tls, {"verify": text}).verify is value


class Picky(msgspec.Struct, frozen=True, kw_only=True):
    a: str

    def __post_init__(self) -> None:
        if self.a == "usage":
            raise UsageError(f"a may not be {self.a}", fix=f"not {self.a}")
        raise ValueError(f"a is {self.a!r}, which is wrong")


class Outer(msgspec.Struct, frozen=True, kw_only=True):
    inner: tuple[Picky, ...]


def test_what_a_config_refuses_itself_is_located_and_redacted() -> None:
    origin = Origin(file="f", lines={("inner", 0): 4}, inserted={("inner", 0, "a"): ("hunter2",)})
    with pytest.raises(UsageError) as caught:
        read_config(Outer, {"inner": [{"a": "hunter2"}]}, origin)
    assert (caught.value.what, caught.value.where) == ("inner[0]: a is '***', which is wrong", "f:4")
    with pytest.raises(UsageError, match=r"inner\[0\]: a may not be usage") as caught:
        read_config(Outer, {"inner": [{"a": "usage"}]})
    assert caught.value.fix == "not usage"


class Cat(msgspec.Struct, frozen=True, tag="cat"):
    lives: int = 9


class Dog(msgspec.Struct, frozen=True, tag="dog"):
    name: str = ""


class Pets(msgspec.Struct, frozen=True):
    pet: Cat | Dog
    other: Cat | None = None
    few: Annotated[list[int], msgspec.Meta(min_length=1, max_length=2)] | None = None
    either: int | list[int] = 1
    words: set[str] = set()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"pet": {"type": "dog", "lives": 1}}, "pet.lives: unknown setting"),
        ({"pet": {"type": "cow"}}, 'pet.type: expected one of "cat", "dog", got \'cow\''),
        ({"pet": {}}, 'pet.type: missing; it takes one of "cat", "dog"'),
        ({"other": {}}, 'other.type: missing; it takes "cat"'),
        ({"other": {"type": "dog"}}, "other.type: expected \"cat\", got 'dog'"),
        ({"few": []}, "few: expected a list of whole number, not empty, of length 2 or less, got 0 values"),
        ({"few": [1, 2, 3]}, "of length 2 or less, got 3 values"),
        ({"either": "x"}, "either: expected a whole number, got 'x'"),
        ({"either": ["x"]}, "either[0]: expected a whole number, got 'x'"),
    ],
)
def test_kinds_that_are_told_apart(raw: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_config(Pets, {"pet": {"type": "cat"}} | raw)
    assert said in caught.value.what


def test_kinds_that_fit() -> None:
    assert read_config(Pets, {"pet": {"type": "dog", "name": "x"}}).pet == Dog("x")
    pets = read_config(Pets, {"pet": {"type": "cat"}, "words": ["a"], "either": [1], "few": [1]})
    assert (pets.pet, pets.words, pets.either, pets.few) == (Cat(), {"a"}, [1], [1])


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (str, "text"), (int | None, "a whole number"), (list[str], "a list of text"),
        (dict[str, int], "a mapping of text to whole number"), (Any, "anything"),
        (Literal["a"], '"a"'), (tuple[int, str], "a list of whole number and text"), (dict, "a mapping"),
        (str | list[str], "text or a list of text"), (tuple[Tls, ...], "a list of mapping"), (Secret, "secret text"),
        (Annotated[str, msgspec.Meta(pattern="^a")], "text, matching ^a"), (bool, "true or false"),
    ],
)  # fmt: skip
def test_types_as_people_say_them(kind: Any, said: str) -> None:
    assert spell(kind) == said


def test_explaining_a_config() -> None:
    settings = {setting.name: setting for setting in explain(Config)}
    assert list(settings)[:7] == ["host", "port", "password", "tokens", "tls", "tls.ca", "tls.verify"]
    assert settings["host"].required
    assert settings["host"].doc == "where the server is"
    assert (settings["port"].type, settings["port"].default) == ("a whole number, at least 1, at most 65535", 5432)
    assert settings["tls.ca"].doc == "the authority's certificate"
    assert settings["schemas"].doc == "What to read, and nothing else."
    assert settings["owners[].name"].required
    assert settings["from"].doc == ""
    assert settings["mode"].type == 'one of "fast", "full"'


class Recursive(msgspec.Struct):
    children: "tuple[Recursive, ...]" = ()
    named: dict[str, Tls] = {}


def test_explaining_ends() -> None:
    assert [setting.name for setting in explain(Recursive)] == [
        "children",
        "named",
        "named.NAME.ca",
        "named.NAME.verify",
    ]
    made = msgspec.defstruct("Made", [("a", int, 1)])
    assert [(setting.name, setting.doc) for setting in explain(made)] == [("a", "")]


# --- building ---------------------------------------------------------------------------------------------------


class GoodSource:
    def __init__(self, config: Config) -> None:
        self.config = config

    def read(self) -> Iterator[Record]:
        yield from ()


class BareSource:
    def read(self) -> Iterator[Record]:
        yield from ()


class OptionalSource(BareSource):
    def __init__(self, config: Tls | None = None, *args: Any, **kwargs: Any) -> None:
        self.config = config


class PickySource(BareSource):
    def __init__(self, config: Config) -> None:
        if config.port == 1:
            raise UsageError(f"{config.host} is no host", fix=f"not {config.host}")
        raise ValueError(f"{config.host} is odd")


class NoSource:
    pass


class Greedy(BareSource):
    def __init__(self, config: Config, loop: object) -> None: ...


class Vague(BareSource):
    def __init__(self, config) -> None: ...  # type: ignore[no-untyped-def]


class Broken(BareSource):
    def __init__(self, config: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821


class NotASink:
    def write(self, batch: Sequence[Record]) -> None: ...


def drop_all(records: Iterable[Record]) -> Iterator[Record]:
    yield from ()


NUMBER = 5
HERE = "config_plugins"


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, HERE, sys.modules[__name__])


def step(name: str, config: dict[str, Any] | None = None, **origin: Any) -> Step:
    return Step(type=f"{HERE}:{name}", config=config or {}, origin=Origin(file="f.yaml", **origin))


def test_building() -> None:
    made = build(step("GoodSource", {"host": "db"}), "sources")
    assert made.config == Config(host="db")
    assert isinstance(build(step("BareSource"), "sources"), BareSource)
    assert build(step("OptionalSource"), "sources").config == Tls()
    assert build(step("drop_all"), "processors") is drop_all
    assert config_type(drop_all) is None


@pytest.mark.parametrize(
    ("made", "group", "said"),
    [
        (step("BareSource", {"a": 1}), "sources", "config.a: unknown setting; 'config_plugins:BareSource' takes none"),
        (step("GoodSource"), "sources", "config.host: missing; it takes text"),
        (step("NoSource"), "sources", "type: 'config_plugins:NoSource' cannot stand here: it has no `read`"),
        (step("NotASink"), "sinks", "type: 'config_plugins:NotASink' cannot stand here: it has no `close`"),
        (step("NotASink"), "stages", "it has no `close`, `artifact`"),
        (step("Greedy"), "sources", "type: Greedy wants 'loop' besides its config"),
        (step("Vague"), "sources", "type: Vague does not say what its config is"),
        (step("Broken"), "sources", "type: the annotation of Broken's config is broken: name 'Nowhere' is not defined"),
        (step("NUMBER"), "sources", "type: 5 is neither a class nor a function"),
        (step("PickySource", {"host": "x", "port": 1}), "sources", "config: x is no host"),
        (step("PickySource", {"host": "x"}), "sources", "config: x is odd"),
    ],
)
def test_what_cannot_be_built(made: Step, group: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        build(made, group)
    assert said in caught.value.what
    assert caught.value.where == "f.yaml"


def test_a_constructor_that_tells_what_was_inserted_is_redacted() -> None:
    for port in (1, 2):
        made = step("PickySource", {"host": "hunter2", "port": port}, inserted={("config", "host"): ("hunter2",)})
        with pytest.raises(UsageError) as caught:
            build(made, "sources")
        assert "hunter2" not in str(caught.value)
        assert "***" in caught.value.what


def test_an_inserted_type_is_not_shown() -> None:
    made = msgspec.structs.replace(step("x"), type="hunter2", origin=Origin(inserted={("type",): ("hunter2",)}))
    with pytest.raises(UsageError) as caught:
        build(made, "sources")
    assert "hunter2" not in str(caught.value)


def test_printing_a_step_shows_no_settings() -> None:
    made = step("GoodSource", {"password": "hunter2"})
    assert "hunter2" not in repr(made) + str(made) + str(list(made.__rich_repr__()))
