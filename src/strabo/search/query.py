"""A question as people type it, taken apart; and what the index is asked to answer it.

    fct_order_items                    all parts of the name, or the whole of it run together
    order items                        both words, anywhere; the last may be the beginning of one: `ord` finds orders
    "order items"                      both; next to each other ranks first. Nothing is left to complete
    cust*                              words that begin so
    -staging                           without this word
    tag:pii owner:ann,bob -kind:view   filters: a comma means or, two filters mean both, a dash means not
    schema:"My Schema"  tag:tier.*     quotes around what has spaces or commas; a star at the end for what begins so
    -owner:*                           without any owner

An address like `postgres://db:5432/shop.public.orders` is no filter: its words are searched.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import msgspec

from strabo.errors import UsageError
from strabo.model.naming import ALIASES, DEFAULT_PORTS, FOLD_DOWN, FOLD_UP, PATHS
from strabo.search.distance import distance
from strabo.search.entry import EVERY, FIELDS, any_token, filter_beginning, filter_token
from strabo.search.expr import Expr, Has, Without, every, fts, holds, some
from strabo.search.plural import forms
from strabo.search.words import LONGEST, Name, names, pairs, spans, wire, wire_beginnings

MOST_TERMS = 16  # words of a question that count; nobody types more, but people paste
MOST_VALUES = 64  # values of all filters together
MOST_CHOSEN_FROM = 6  # words up to which "all but one of them" is spelled out; above it, any of them will do

_FIELD_NAMES = {
    **{field: field for field in FIELDS},
    **{field + "s": field for field in FIELDS},
    "type": "kind", "col": "column", "ns": "namespace", "in": "schema", "database": "schema", "db": "schema",
}  # fmt: skip
_ONE_VALUE = frozenset({"kind", "platform", "namespace"})  # an object has one: two of these filters mean or
_NO_FILTER = {
    *ALIASES,
    *DEFAULT_PORTS,
    *FOLD_DOWN,
    *FOLD_UP,
    *PATHS,
    "bigquery",
    "awsglue",
    "urn",
    "arn",
    "http",
    "https",
}

_ITEM = re.compile(
    r"""(?P<minus>(?<!\S)-)?(?:
        (?P<field>[^\W\d_]\w*):(?!//)(?P<value>(?:"[^"]*(?:"|\Z)|[^\s"])*)
      | "(?P<phrase>[^"]*)(?P<end>"|\Z)
      | (?P<word>[^\s"]+)
    )""",
    re.VERBOSE,
)
_VALUE = re.compile(r'"([^"]*)"?(\*?)|([^,"]+)')


class Term(msgspec.Struct, frozen=True):
    """One word of the question, or one identifier, or one phrase."""

    text: str  # as typed
    parts: tuple[str, ...]  # words that must all be there
    whole: str  # or this one
    prefix: bool = False  # the last part, and the whole, may go on
    typing: bool = False  # because it may not be typed to its end, not because a star says so
    phrase: bool = False


class Filter(msgspec.Struct, frozen=True):
    """A value that an object must have, or must not: one of `values`. A star at the end of one stands for any end."""

    field: str
    values: tuple[str, ...]
    without: bool = False


class Query(msgspec.Struct, frozen=True):
    """A question, taken apart. Without terms and filters it asks for nothing in particular: list everything."""

    text: str  # as typed
    terms: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    filters: tuple[Filter, ...] = ()
    plain: str = ""  # the text without filters, quotes and unwanted words: what an exact name is compared with
    left_out: int = 0  # words beyond MOST_TERMS, which were not searched for

    @property
    def empty(self) -> bool:
        return not (self.terms or self.unwanted or self.filters)


def parse(text: str, *, typing: bool = True) -> Query:
    """The question. `typing`: the last word may be the beginning of one, unless a space or a quote follows it.

    Raises UsageError for a filter that there is not, with a guess at the one that was meant.
    """
    terms: list[Term] = []
    unwanted: list[Term] = []
    filters: list[Filter] = []
    plain: list[str] = []
    for item in _items(text):
        if item.field:
            filters.append(Filter(item.field, _values(item.said), item.minus))
            continue
        last = typing and not item.minus and item.end == len(text)
        (unwanted if item.minus else terms).extend(_phrase(item.said) if item.phrase else _terms(item.said, last))
        if not item.minus:
            plain.append(item.said.strip() if item.phrase else item.said.rstrip("*"))
    kept = tuple(dict.fromkeys(terms))
    return Query(
        text=text,
        terms=kept[:MOST_TERMS],
        unwanted=tuple(dict.fromkeys(unwanted))[:MOST_TERMS],
        filters=tuple(_merged([f for f in filters if f.values])),
        plain=" ".join(filter(None, plain)),
        left_out=max(0, len(kept) - MOST_TERMS),
    )


def reword(query: Query, instead: Mapping[str, str]) -> Query:
    """The question with some of its words replaced, filters and unwanted words left as they are."""
    text, cuts = query.text, []
    for item in _items(text):
        if not item.field and not item.minus:
            cuts += [(s, e, instead[w]) for s, e, w in spans(text, item.start, item.end) if w in instead]
    for start, end, word in reversed(cuts):
        text = text[:start] + word + text[end:]
    return parse(text, typing=any(term.prefix for term in query.terms))


class _Item(NamedTuple):
    """What stands between two spaces: a filter with its value, a phrase without its quotes, or text."""

    said: str
    start: int
    end: int
    minus: bool
    field: str = ""
    phrase: bool = False


def _items(text: str) -> Iterator[_Item]:
    waiting: tuple[str, bool] | None = None  # `tag: pii`: a filter whose value comes after a space
    for found in _ITEM.finditer(text):
        minus, field, (start, end) = bool(found["minus"]), found["field"], found.span()
        said = found.group()[minus:]
        known = _field(field, found["value"], where=said) if field is not None else None
        if known and not found["value"]:
            waiting = known, minus
        elif known:
            yield _Item(found["value"], start, end, minus, known)
        elif waiting:
            yield _Item(said, start, end, waiting[1], waiting[0])
            waiting = None
        elif found["phrase"] is not None:
            yield _Item(found["phrase"], start, end, minus, phrase=True)
        else:
            yield _Item(said, start, end, minus)


def _field(field: str, value: str, *, where: str) -> str | None:
    """The filter that is meant; None when the item is text with a colon in it."""
    name = field.lower()
    if name in _FIELD_NAMES:
        return _FIELD_NAMES[name]
    slips, guess = min((distance(name, one, 3), one) for one in FIELDS)
    near = slips <= (1 if len(guess) <= 5 else 2)
    address = name in _NO_FILTER or not value or value[0] in "/\\:" or value[0].isdigit()
    if address or not name.isascii() or (not near and re.search(r"[./:\\@]", value)):
        return None
    meant = f"did you mean {guess}:{value}? " if near else ""
    raise UsageError(
        f"no filter {field!r}; there are {', '.join(FIELDS)}",
        where=where,
        fix=f'{meant}Put it in quotes to search for it as text: "{where}"',
    )


def _values(raw: str) -> tuple[str, ...]:
    found = [quoted + star if quoted else bare for quoted, star, bare in _VALUE.findall(raw)]
    return tuple(dict.fromkeys(v for v in map(str.strip, found) if v))


def _merged(filters: list[Filter]) -> Iterator[Filter]:
    """The filters without repeats, those of a field that has one value made one."""
    room = MOST_VALUES
    together: dict[str, list[str]] = {}
    for one in filters:
        if one.field in _ONE_VALUE and not one.without:
            together.setdefault(one.field, []).extend(one.values)
    for one in dict.fromkeys(filters):
        values = one.values
        if one.field in _ONE_VALUE and not one.without:
            values = tuple(dict.fromkeys(together.pop(one.field, ())))
        values, room = values[:room], room - len(values)
        if values:
            yield Filter(one.field, values, one.without)
        if room <= 0:
            return


def _terms(text: str, last: bool) -> Iterator[Term]:
    found = names(text)
    typing = last and text[-1].isalnum()
    for i, name in enumerate(found, 1):
        end = i == len(found)
        yield _term(name, prefix=end and (typing or text.endswith("*")), typing=end and typing)


def _term(name: Name, *, prefix: bool = False, typing: bool = False) -> Term:
    if name.continuous:
        if len(name.whole) == 1:  # one character alone begins some pair
            return Term(name.whole, (name.whole,), name.whole, prefix=True)
        return Term(name.whole, pairs(name.whole), "")
    return Term(name.whole, name.parts, name.whole, prefix, typing)


def _phrase(text: str) -> Iterator[Term]:
    single = [_term(name) for name in names(text)]
    if len(single) <= 1:
        yield from single
        return
    parts = tuple(part for term in single for part in term.parts)
    whole = "".join(term.whole for term in single)[:LONGEST] if all(term.whole for term in single) else ""
    yield Term(text.strip(), parts[:MOST_TERMS], whole, phrase=True)


# --- what the index is asked ------------------------------------------------------------------------------------


def fts_name(query: Query, *, relaxed: bool = False, need: int | None = None) -> str:
    """The MATCH text for the index of names and paths; "" when that index cannot answer, or there is nothing to ask.

    It cannot answer filters, nor say that a word is nowhere: ask `fts_all` then. `relaxed`: any of the words will do,
    the parts of an identifier among them; `need`: at least so many of them.
    """
    expr = _for_names(query, 1 if relaxed else need)
    return fts(expr) if expr else ""


def fts_all(query: Query, *, relaxed: bool = False, need: int | None = None) -> str:
    """The MATCH text for the index of all words; "" for an empty query.

    Filters and unwanted words hold even if `relaxed`, which is otherwise as in `fts_name`.
    """
    expr = _for_all(query, 1 if relaxed else need)
    return fts(expr) if expr else ""


def matches(query: Query, name: str, path: str, words: str, *, relaxed: bool = False, need: int | None = None) -> bool:
    """Whether an entry of these texts is found in either index. An empty query finds all."""
    if query.empty:
        return True
    need = 1 if relaxed else need
    by_name, by_all = _for_names(query, need), _for_all(query, need)
    if by_name and holds(by_name, sorted({*name.split(), *path.split()})):
        return True
    return by_all is not None and holds(by_all, sorted(set(words.split())))


def loose(term: Term) -> list[Term]:
    """The parts of an identifier as terms of their own, each also satisfied by the whole. A phrase stays one."""
    if term.phrase or len(term.parts) == 1:
        return [term]
    last = len(term.parts) - 1
    return [
        Term(part, (part,), term.whole, term.prefix and i == last, term.typing and i == last)
        for i, part in enumerate(term.parts)
    ]


class _Index(NamedTuple):
    """Which index a question is put for."""

    everything: bool  # all words, columns among them; else names and paths
    completes: bool  # whether a word still being typed is looked up as the beginning of one


# The index of all words has no prefixes prepared: there the beginning of a common word gathers every entry first, 0.1 s
# at a million datasets. Names complete what is being typed, unless only the other index can answer.
_NAMES = _Index(everything=False, completes=True)
_ALL_WORDS = _Index(everything=True, completes=False)
_ALL_WORDS_ALONE = _Index(everything=True, completes=True)


@lru_cache(maxsize=256)
def _for_names(query: Query, need: int | None) -> Expr | None:
    if not query.terms or query.filters or query.unwanted:
        return None
    return _terms_expr(query, need, _NAMES)


@lru_cache(maxsize=256)
def _for_all(query: Query, need: int | None) -> Expr | None:
    if query.empty:
        return None
    wanted: list[Expr] = [_filter_expr(f) for f in query.filters if not f.without]
    if query.terms:
        alone = query.filters or query.unwanted
        wanted.insert(0, _terms_expr(query, need, _ALL_WORDS_ALONE if alone else _ALL_WORDS))
    not_wanted = [_term_expr(t, _ALL_WORDS) for t in query.unwanted]
    not_wanted += [_filter_expr(f) for f in query.filters if f.without]
    expr = every(wanted or [Has(EVERY)])
    return Without(expr, some(not_wanted)) if not_wanted else expr


def _terms_expr(query: Query, need: int | None, index: _Index) -> Expr:
    if need is None:
        asked = every([_term_expr(term, index) for term in query.terms])
    else:
        each = [_term_expr(one, index) for term in query.terms for one in loose(term)]
        need = max(1, min(need, len(each)))
        few = need == 1 or need == len(each) or len(each) <= MOST_CHOSEN_FROM
        asked = some([every(chosen) for chosen in combinations(each, need if few else 1)])
    return some([asked, *_run_together(query, index)])


def _run_together(query: Query, index: _Index) -> list[Expr]:
    """`order items` also means orderitems: as somebody may have named it."""
    if not 2 <= len(query.terms) <= 5 or any(t.phrase or not t.whole for t in query.terms):
        return []
    whole = "".join(t.whole for t in query.terms)
    return _whole_expr(whole, _open(query.terms[-1], index), index) if len(whole) <= LONGEST else []


def _term_expr(term: Term, index: _Index) -> Expr:
    last = len(term.parts) - 1
    parts = every([_word_expr(part, i == last and _open(term, index)) for i, part in enumerate(term.parts)])
    return some([parts, *_whole_expr(term.whole, _open(term, index), index)]) if term.whole else parts


def _open(term: Term, index: _Index) -> bool:
    return term.prefix and (index.completes or not term.typing)


def _word_expr(word: str, prefix: bool) -> Expr:
    if not prefix:
        return some([Has(wire(form)) for form in forms(word)])
    begun = [Has(token, prefix=True) for token in wire_beginnings(word)]
    return some([*begun, *(Has(wire(form)) for form in forms(word) if form == "x" or not form.startswith(word))])


def _whole_expr(whole: str, prefix: bool, index: _Index) -> list[Expr]:
    """A name run together; a column's is kept as the token of its filter."""
    found = [_word_expr(whole, prefix)]
    if index.everything:
        found.append(Has(filter_token("column", whole)))
    return found


def _filter_expr(one: Filter) -> Expr:
    return some([token for value in one.values for token in _value_exprs(one.field, value)])


def _value_exprs(field: str, value: str) -> Iterator[Expr]:
    if value == "*":
        yield Has(any_token(field))
    elif value.endswith("*"):
        yield Has(filter_beginning(field, value.rstrip("*")), prefix=True)
    else:
        yield Has(filter_token(field, value))
