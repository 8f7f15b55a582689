"""Text to words: how names and prose are cut up, the same for what is stored and for what is asked.

`fct_order_items`, `fctOrderItems`, `FctOrderItems` and `fct-order-items` give fct, order, items, and the whole of it,
fctorderitems, so that a name is found by its parts, by its parts run together, and as it is. Words are in lower
case, without accents (é → e, ß → ss, ø → o). Scripts written without spaces are cut into pairs of characters. An
emoji is a word. Punctuation and invisible characters are nothing.

Words are stored in a spelling of ASCII letters and digits only (`wire`), which any tokenizer keeps whole: which
characters belong to a word is decided here, not by the Unicode tables that one build of a database came with.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

LONGEST = 64  # characters of a word that count; what is longer is the same word as its beginning

# What an identifier may hold between its parts; everything else in ASCII ends it.
_JOINERS = "_$#-"
_ASCII_NAME = re.compile(r"[A-Za-z0-9]+(?:[_$#-]+[A-Za-z0-9]+)*")
_CHUNK = re.compile(r"""[^\s!"%&'()*+,./:;<=>?@\[\\\]^`{|}~]+""")

# HTTPServer → HTTP Server; customerIDs → customer IDs; order2items → order 2 items
_PART = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

# The same over classes of characters: Upper, lower, Other letters, Digits, Continuous scripts, Emoji, marks, joiners.
_CLASS_RUN = re.compile(r"[ULODm_]+|[Cm]+|E")
_CLASS_PART = re.compile(r"(?:Um*){2,}(?!L)|(?:Um*)?(?:Lm*)+|(?:Um*)+|(?:Om*)+|(?:Dm*)+")

_NO_SPACES = (  # scripts whose words are not set apart, and Korean, whose endings are written on
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3041, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip

# Letters that Unicode does not take apart, as people type them without the right keyboard.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "\u0131": "i"}
)


class Name(NamedTuple):
    """One identifier or one word of prose: its parts in order, and the whole of it run together."""

    parts: tuple[str, ...]
    whole: str
    continuous: bool = False  # a run of a script without spaces; `parts` holds the run as one


def words(text: str) -> list[str]:
    """The words of a text in order, repeats kept: of each identifier its parts, then the whole if it has several."""
    found: list[str] = []
    for name in names(text):
        found.extend(name_words(name))
    return found


def name_words(name: Name) -> tuple[str, ...]:
    """What one identifier is found by."""
    if name.continuous:
        run = name.whole
        # The last character alone too: then every character begins a word, and one character is asked for as a prefix.
        return (*pairs(run), run[-1]) if len(run) > 1 else (run,)
    return (*name.parts, name.whole) if len(name.parts) > 1 else name.parts


def pairs(run: str) -> tuple[str, ...]:
    """Every two neighbours of a run of characters."""
    return tuple(run[i : i + 2] for i in range(len(run) - 1))


def names(text: str) -> list[Name]:
    """The identifiers of a text, in order."""
    if len(text) <= LONGEST:
        return list(_short(text))
    return list(_names(text))


def joined(text: str) -> str:
    """The whole text as one word: what `customer_id`, `customerId` and `CUSTOMERID` have in common. May be empty."""
    return "".join([name.whole for name in names(text)])[:LONGEST]


@lru_cache(maxsize=1 << 16)
def _short(text: str) -> tuple[Name, ...]:
    return tuple(_names(text))


def pieces(text: str) -> list[str]:
    """A text cut where no identifier is cut: the names of the text are those of its pieces."""
    return _ASCII_NAME.findall(text) if text.isascii() else _CHUNK.findall(unicodedata.normalize("NFKC", text))


def _names(text: str) -> Iterator[Name]:
    if text.isascii():
        for chunk in _ASCII_NAME.findall(text):
            yield _ascii_name(chunk)
        return
    for chunk in _CHUNK.findall(unicodedata.normalize("NFKC", text)):
        if chunk.isascii():
            for part in _ASCII_NAME.findall(chunk):
                yield _ascii_name(part)
        else:
            yield from _other_names(chunk)


@lru_cache(maxsize=1 << 16)
def _ascii_name(chunk: str) -> Name:
    parts = tuple([part.lower()[:LONGEST] for part in _PART.findall(chunk)])
    if len(parts) == 1:
        return Name(parts, parts[0])
    if len(parts) > len(chunk) // 2 and len(parts) > 8:  # a hash, not a name: 3f2a9c1b4d
        parts = tuple([run.lower()[:LONGEST] for run in re.findall(r"[A-Za-z0-9]+", chunk)])
    return Name(parts, "".join(parts)[:LONGEST])


@lru_cache(maxsize=1 << 14)
def _other_names(chunk: str) -> tuple[Name, ...]:
    found: list[Name] = []
    for run, pieces in _runs(chunk):
        parts = tuple(filter(None, (fold(chunk[start:end]) for start, end in pieces)))
        if parts:
            found.append(Name(parts, "".join(parts)[:LONGEST], continuous=run == "C"))
    return tuple(found)


def _runs(text: str) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """The identifiers of a text that may hold anything: the class of the first character, and where the parts are."""
    classes = "".join([_class(c) for c in text])
    for run in _CLASS_RUN.finditer(classes):
        first = run.group().lstrip("m")[:1]
        if first in {"C", "E"}:
            yield first, [run.span()]
        elif first:
            yield first, [part.span() for part in _CLASS_PART.finditer(classes, *run.span())]


@lru_cache(maxsize=1 << 14)
def _class(char: str) -> str:
    code, category = ord(char), unicodedata.category(char)
    if char in _JOINERS:
        return "_"
    if any(low <= code <= high for low, high in _NO_SPACES):
        return "C" if category[0] in "LM" else "D" if category[0] == "N" else " "
    if category in {"Lu", "Lt"}:
        return "U"
    if category == "Ll":
        return "L"
    if category[0] == "L":
        return "O"
    if category[0] == "N":
        return "D"
    if category[0] == "M" or category == "Cf":
        return "m"
    return "E" if category == "So" else " "


def fold(word: str) -> str:
    """A word as it compares: compatibility forms resolved, lower case, no accents, no invisible characters."""
    if word.isascii():
        return word.lower()[:LONGEST]
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", word).casefold())
    kept = [c for c in plain if not "\u0300" <= c <= "\u036f" and unicodedata.category(c)[0] in "LNMS"]
    return unicodedata.normalize("NFKC", "".join(kept)).casefold().translate(_PLAIN)[:LONGEST]


def spans(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int, str]]:
    """Where each part of each identifier stands in the text (or between two places of it), and the word it is."""
    for chunk in _CHUNK.finditer(text, start, len(text) if end is None else end):
        at = chunk.start()
        for _, pieces in _runs(chunk.group()):
            for first, last in pieces:
                word = fold(text[at + first : at + last])
                if word:
                    yield at + first, at + last, word


def wire(word: str) -> str:
    """The word in ASCII letters and digits only, as the index keeps it."""
    if word.isascii() and word.isalnum() and not word.startswith(("xq", "xu")):
        return word
    return _spelled(word)


def wire_beginnings(word: str) -> tuple[str, ...]:
    """What the tokens of all words that begin so begin with, and no other token does."""
    if not (word.isascii() and word.isalnum()):
        return (_spelled(word),)
    if word == "x":
        return (*[f"x{c}" for c in "0123456789abcdefghijklmnoprstvwxyz"], _spelled("x"))
    if word.startswith(("xq", "xu")):
        return (_spelled(word),)
    return word, _spelled(word)


def _spelled(word: str) -> str:
    return "xu" + word.encode("utf-8", "surrogatepass").hex()  # xu: hexadecimal follows; xq is a filter's token


def spoken(token: str) -> str | None:
    """The word that a token of the index stands for; None for one that is no word but a filter."""
    if token.startswith("xq"):
        return None
    if token.startswith("xu"):
        try:
            return bytes.fromhex(token[2:]).decode("utf-8", "surrogatepass")
        except ValueError:
            return None
    return token
