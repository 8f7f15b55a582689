"""What the index keeps of one object: its words, and one opaque token per value that can be filtered by."""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b

import msgspec

from strabo.model.naming import ALIASES, normal_namespace
from strabo.search.words import joined, name_words, names, wire

FIELDS = ("kind", "platform", "owner", "tag", "schema", "column", "namespace")
"""What a search can be filtered by."""

EVERY = "xqevery"
"""A token of every entry: what is asked for when a question only says what it does not want."""

PROSE = 2_000  # characters of the different words of one comment that are indexed; the rest is kept but not searched
_PROSE_READ = 20_000  # characters of one comment that are looked at for them
_LONGEST_VALUE = 96  # bytes of a filter's value that are spelled out; what is longer is told apart by a hash


class Entry(msgspec.Struct, frozen=True):
    """The texts to index, each a line of ASCII words without repeats, in the order they were found."""

    name_words: str  # of the last step of the name
    path_words: str  # of the steps before it
    all_words: str  # the two above, namespace, columns, prose, tags, owners, and the filters' tokens
    leaf: str  # the last step as `exact` folds it: for looking an object up by its whole name


def exact(text: str) -> str:
    """A name as it compares when the whole of it must be equal: letter case and Unicode forms ironed out, no more."""
    return (
        text.lower()
        if text.isascii()
        else unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    )


def build_entry(
    *,
    parts: Sequence[str],
    leaf: str,
    columns: Iterable[str] = (),
    comments: Iterable[str] = (),
    descriptions: Iterable[str] = (),
    tags: Iterable[str] = (),
    owners: Iterable[str] = (),
    kind: str = "",
    platform: str = "",
    schema: str = "",
    namespace: str = "",
) -> Entry:
    """The entry of one object. Equal arguments give an equal entry, which is how an unchanged one is known.

    parts: the steps of its name, `leaf` being the last ("shop", "public", "orders"); without it they are the path.
    schema: dotted as in the name ("shop.public"); each step of it can be filtered by, and the whole.
    Of a comment or a description as many different words are indexed as make up PROSE characters.
    """
    above = list(parts[:-1]) if parts and parts[-1] == leaf else list(parts)
    owners, tags = list(owners), list(tags)
    name = dict.fromkeys(_tokens(leaf))
    path = dict.fromkeys(token for part in above for token in _tokens(part))
    everything = {**name, **path}
    for text in (namespace, *tags, *owners):
        everything.update(dict.fromkeys(_tokens(text)))
    for column in columns:
        everything.update(_column_tokens(column))
    for text in (*comments, *descriptions):
        everything.update(_prose(text))
    everything[EVERY] = None
    for field, value in _filterable(kind, platform, owners, tags, schema, namespace):
        everything[filter_token(field, value)] = None
    return Entry(" ".join(name), " ".join(path), " ".join(everything), exact(leaf))


def _filterable(
    kind: str, platform: str, owners: Iterable[str], tags: Iterable[str], schema: str, namespace: str
) -> Iterable[tuple[str, str]]:
    if kind:
        yield "kind", kind
    if platform:
        yield "platform", platform
    for owner in owners:
        yield "owner", owner
        if "@" in owner:  # ann@example.com is found as ann too
            yield "owner", owner.partition("@")[0]
    for tag in tags:
        yield "tag", tag
    if schema:
        yield "schema", schema
        for step in schema.split("."):
            yield "schema", step
    if namespace:
        yield "namespace", namespace
        authority = namespace.partition("://")[2].partition("/")[0]
        if authority:  # postgres://db:5432 is found as db:5432 and as db too
            yield "namespace", authority
            yield "namespace", authority.partition(":")[0]


def filter_token(field: str, value: str) -> str:
    """The one token that stands for this value of this field: ASCII letters and digits.

    Values that differ in letter case only are one; so are `postgresql` and `postgres`, and the spellings of a column's
    name that read the same.
    """
    if field == "column":
        word = joined(value)
        return "xqcolumn" + wire(word) if word else "xqcolumnxx" + _hex(exact(value))
    return _value_token(field, value)


def filter_beginning(field: str, value: str) -> str:
    """What the tokens of all values that begin so begin with; of all values of the field where `value` is empty."""
    if field == "column":
        word = joined(value)
        return "xqcolumn" + (wire(word) if word else "")
    return f"xq{field}x" + exact(value.strip()).encode("utf-8", "surrogatepass")[:_LONGEST_VALUE].hex()


@lru_cache(maxsize=1 << 14)
def _value_token(field: str, value: str) -> str:
    value = value.strip()
    if field == "platform":
        value = ALIASES.get(exact(value), value)
    elif field == "kind":
        value = value.replace(" ", "_").replace("-", "_")
    elif field == "namespace":
        value = normal_namespace(value)
    return f"xq{field}x{_hex(exact(value))}"


def _hex(value: str) -> str:
    spelled = value.encode("utf-8", "surrogatepass")
    if len(spelled) <= _LONGEST_VALUE:
        return spelled.hex()
    return spelled[:_LONGEST_VALUE].hex() + blake2b(spelled, digest_size=8).hexdigest()


def _tokens(text: str) -> list[str]:
    return [wire(word) for name in names(text) for word in name_words(name)]


@lru_cache(maxsize=1 << 16)
def _column_tokens(column: str) -> dict[str, None]:
    """A column's parts, and its whole name as a filter's token, by which it is also found when typed run together."""
    tokens = [wire(p) for name in names(column) for p in (name_words(name) if name.continuous else name.parts)]
    return dict.fromkeys([*tokens, filter_token("column", column)])


def _prose(text: str) -> dict[str, None]:
    found = dict.fromkeys(_tokens(text[:_PROSE_READ]))
    if len(text) <= PROSE:
        return found
    room = PROSE
    kept: dict[str, None] = {}
    for token in found:
        room -= len(token) + 1
        if room < 0:
            break
        kept[token] = None
    return kept
