"""What the index keeps of one object: its words, and one opaque token per value that can be filtered by."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import chain

import msgspec

from strabo.model.naming import ALIASES, normal_namespace
from strabo.search.words import LONGEST, joined, name_words, names, pieces, wire

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
    above = parts[:-1] if parts and parts[-1] == leaf else parts
    owners, tags = tuple(owners), tuple(tags)
    name = dict.fromkeys(_tokens(leaf))
    path = dict.fromkeys(token for part in above for token in _tokens(part))
    everything = {**name, **path}
    everything.update(dict.fromkeys(_tokens(namespace)))
    columns = dict.fromkeys(columns)
    everything.update(_columns_tokens(columns))
    texts = [text for text in (*comments, *descriptions) if text]
    if sum(map(len, texts)) <= PROSE:
        everything.update(dict.fromkeys(_tokens("\n".join(texts))))
    else:
        for text in texts:
            everything.update(_prose(text))
    everything[EVERY] = None
    if columns:
        everything[any_token("column")] = None
    everything.update(_filter_tokens(kind, platform, schema, namespace))
    if owners or tags:
        everything.update(_label_tokens(owners, tags))
    return Entry(" ".join(name), " ".join(path), " ".join(everything), exact(leaf))


@lru_cache(maxsize=1 << 12)
def _filter_tokens(kind: str, platform: str, schema: str, namespace: str) -> dict[str, None]:
    values: dict[str, list[str]] = {"kind": [kind], "platform": [platform], "schema": [], "namespace": []}
    if schema:
        values["schema"] = [schema, *schema.split(".")]
    if namespace:  # postgres://db:5432 is found as db:5432 and as db too
        authority = namespace.partition("://")[2].partition("/")[0]
        values["namespace"] = [namespace, authority, authority.partition(":")[0]]
    return _all_tokens(values)


@lru_cache(maxsize=1 << 12)
def _label_tokens(owners: tuple[str, ...], tags: tuple[str, ...]) -> dict[str, None]:
    # ann@example.com is found as ann too
    logins = [owner.partition("@")[0] for owner in owners]
    found = dict.fromkeys(token for text in (*tags, *owners) for token in _tokens(text))
    return found | _all_tokens({"owner": [*owners, *logins], "tag": tags})


def _all_tokens(values: Mapping[str, Iterable[str]]) -> dict[str, None]:
    found: dict[str, None] = {}
    for field, those in values.items():
        tokens = [filter_token(field, value) for value in those if value]
        if tokens:
            found[any_token(field)] = None
            found.update(dict.fromkeys(tokens))
    return found


def filter_token(field: str, value: str) -> str:
    """The one token that stands for this value of this field: ASCII letters and digits.

    Values that differ in letter case only are one; so are `postgresql` and `postgres`, and the spellings of a column's
    name that read the same.
    """
    if field == "column":
        word = joined(value)
        return "xqcolumn" + wire(word) if word else "xqcolumnxx" + _hex(exact(value))
    return _value_token(field, value)


def any_token(field: str) -> str:
    """The token of every object that has this field at all."""
    return "xqany" + field


def filter_beginning(field: str, value: str) -> str:
    """What the tokens of all values that begin so begin with."""
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


@lru_cache(maxsize=1 << 16)
def _short_tokens(text: str) -> tuple[str, ...]:
    if text.isascii() and text.isalpha() and text[1:].islower() and len(text) <= LONGEST:
        return (wire(text.lower()),)  # a plain word, which most are
    return tuple([wire(word) for name in names(text) for word in name_words(name)])


def _tokens(text: str) -> Iterable[str]:
    """The tokens of a text, piece by piece, because its words have been seen before and the whole of it has not."""
    if text.isascii():
        return chain.from_iterable(map(_short_tokens, pieces(text)))
    if len(text) <= LONGEST:
        return _short_tokens(text)
    return chain.from_iterable(map(_short_tokens, pieces(text)))


# A name `like_this` takes a short way to the same answer: a large catalog has more of them than a cache can hold.
_PLAIN = r"[a-z]+(?:_(?:[a-z]+|[0-9]+)){0,7}"
_SIMPLE = re.compile(_PLAIN).fullmatch
_ALL_SIMPLE = re.compile(rf"{_PLAIN}(?: {_PLAIN})*").fullmatch


def _columns_tokens(columns: Collection[str]) -> dict[str, None]:
    """The tokens of all columns of a dataset, in one go where their names are plain."""
    together = " ".join(columns)
    if columns and _ALL_SIMPLE(together) and max(map(len, columns)) <= LONGEST:
        parts, wholes = together.replace("_", " "), together.replace("_", "")
        if not _escaped(parts) and not _escaped(wholes):
            tokens = dict.fromkeys(parts.split(" "))
            tokens.update(dict.fromkeys(["xqcolumn" + whole for whole in wholes.split(" ")]))
            return tokens
    tokens = {}
    for column in columns:
        tokens.update(_column_tokens(column))
    return tokens


def _column_tokens(column: str) -> dict[str, None]:
    """A column's parts, and its whole name as a filter's token, by which it is also found when typed run together."""
    if len(column) <= LONGEST and _SIMPLE(column):
        parts, whole = column.replace("_", " "), column.replace("_", "")
        if not _escaped(parts) and not _escaped(whole):
            tokens = dict.fromkeys(parts.split(" "))
            tokens["xqcolumn" + whole] = None
            return tokens
    return _any_column_tokens(column)


def _escaped(words: str) -> bool:
    """Whether one of the words begins as our own tokens do, and so has another spelling in the index."""
    words = " " + words
    return " xq" in words or " xu" in words


@lru_cache(maxsize=1 << 16)
def _any_column_tokens(column: str) -> dict[str, None]:
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
