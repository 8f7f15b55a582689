"""Which of the objects that match comes first.

The index hands over a few hundred candidates, most used first. Here they are weighed: an exact name above all, then
how many of the words are there, then where (in the last step of the name, its path, a label, a column, the comment),
how much of the name was asked for, and how much the object is used. The weights are ordered so that use decides
between equals and never lifts a comment's mention over the very name.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from math import log2

import msgspec

from strabo.model.ref import Ref
from strabo.search.entry import exact
from strabo.search.plural import forms
from strabo.search.query import Query, Term, loose
from strabo.search.words import joined, words

FULL_NAME, NAME_END, LEAF, LEAF_WORDS = 500.0, 320.0, 300.0, 200.0  # what was typed is exactly this
COVERED = 60.0  # all the words are there, wherever
IN_LEAF, IN_PATH, IN_LABEL, IN_COLUMN, IN_COMMENT = 30.0, 15.0, 12.0, 9.0, 4.0
CLOSE = 20.0  # all words are in the leaf, and nothing else is
ADJACENT = 6.0  # they stand there side by side
BEGUN = 0.85  # the share of a word of which only the beginning was typed
USE = 0.6  # for each doubling of use
MOST_USE = 24.0  # doublings that count
RETIRED = -60.0


class Candidate(msgspec.Struct, frozen=True):
    """What ranking needs to know of an object."""

    id: int
    namespace: str
    name: str
    leaf: str
    kind: str = ""
    usage: float = 0.0  # reads in some window; the same window for all candidates
    comment: str = ""
    columns: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()  # tags, owners
    live: bool = True


def ranked(query: Query, candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates, best first; equals by name, so that the same question gives the same answer."""
    return [one for _, one in scored(query, candidates)]


def scored(query: Query, candidates: Iterable[Candidate]) -> list[tuple[float, Candidate]]:
    """As `ranked`, with the scores."""
    pairs = [(score(query, one), one) for one in candidates]
    pairs.sort(key=lambda pair: (-pair[0], pair[1].name, pair[1].namespace, pair[1].id))
    return pairs


def score(query: Query, candidate: Candidate) -> float:
    """How well a candidate answers. Only what the candidate holds is seen: a word found elsewhere counts as missing."""
    plan = _plan(query)
    total = USE * min(MOST_USE, log2(1 + max(0.0, candidate.usage))) + (0.0 if candidate.live else RETIRED)
    if plan.plain:
        total += _exactly(plan, candidate)
    if plan.terms:
        total += _by_words(plan, candidate)
    return total


class _Asked:
    """A term, made ready to be looked for."""

    __slots__ = ("comment", "parts", "phrase", "prefix", "whole", "wholes")

    def __init__(self, term: Term) -> None:
        self.parts = [frozenset(forms(part)) for part in term.parts]
        self.whole = term.whole
        self.wholes = frozenset(forms(term.whole)) if term.whole else frozenset()
        self.prefix = (term.parts[-1], term.whole or term.parts[-1]) if term.prefix else None
        self.phrase = term.phrase
        self.comment = [self._in_text(part, open_end=term.prefix and part == term.parts[-1]) for part in term.parts]

    @staticmethod
    def _in_text(part: str, *, open_end: bool) -> re.Pattern[str]:
        either = "|".join(map(re.escape, forms(part)))
        return re.compile(rf"(?<![^\W_])(?:{either})" + ("" if open_end else r"(?![^\W_])"))

    def found(self, there: frozenset[str]) -> float:
        """1 for all parts or the whole, a little less where a word was only begun, 0 for anything less."""
        if not self.wholes.isdisjoint(there) or all(not part.isdisjoint(there) for part in self.parts):
            return 1.0
        if self.prefix and all(not part.isdisjoint(there) for part in self.parts[:-1]):
            part, whole = self.prefix
            if any(word.startswith((part, whole)) for word in there):
                return BEGUN
        return 0.0

    def found_in_text(self, text: str) -> float:
        if text.isascii():
            lower = text.lower()
            return 1.0 if all(pattern.search(lower) for pattern in self.comment) else 0.0
        return self.found(frozenset(words(text)))


class _Plan:
    """A question, made ready to be asked of many candidates."""

    __slots__ = ("plain", "run", "terms")

    def __init__(self, query: Query) -> None:
        self.plain = exact(query.plain.strip())
        self.run = joined(query.plain)
        self.terms = [_Asked(one) for term in query.terms for one in loose(term)]


@lru_cache(maxsize=64)
def _plan(query: Query) -> _Plan:
    return _Plan(query)


def _exactly(plan: _Plan, candidate: Candidate) -> float:
    plain, name = plan.plain, exact(candidate.name)
    if plain in {name, exact(str(Ref(candidate.namespace, candidate.name)))}:
        return FULL_NAME
    leaf = exact(candidate.leaf)
    if plain == leaf:
        return LEAF
    if len(plain) > len(leaf) and name.endswith(plain) and name[-len(plain) - 1] in "./":
        return NAME_END
    return LEAF_WORDS if plan.run and plan.run == joined(candidate.leaf) else 0.0


def _by_words(plan: _Plan, candidate: Candidate) -> float:
    leaf, path = _word_set(candidate.leaf), _word_set(candidate.name)
    columns = labels = None
    covered = weight = 0.0
    in_leaf = True
    for asked in plan.terms:
        share, place = asked.found(leaf), IN_LEAF
        if not share:
            in_leaf = False
            share, place = asked.found(path), IN_PATH
        if not share and candidate.labels:
            labels = labels if labels is not None else [_word_set(label) for label in candidate.labels]
            share, place = max(map(asked.found, labels)), IN_LABEL
        if not share and candidate.columns:
            columns = columns if columns is not None else [_word_set(column) for column in candidate.columns]
            share, place = max(map(asked.found, columns)), IN_COLUMN
        if not share and candidate.comment:
            share, place = asked.found_in_text(candidate.comment), IN_COMMENT
        if asked.phrase and share and not _side_by_side(asked.whole, candidate):
            share /= 2
        covered += share > 0
        weight += share * place
    asked_for = len(plan.terms)
    total = COVERED * covered / asked_for + weight / asked_for
    run = joined(candidate.leaf)
    if in_leaf and run:
        total += CLOSE * min(1.0, len(plan.run) / len(run))
    if plan.run and plan.run in run:
        total += ADJACENT
    return total


def _side_by_side(whole: str, candidate: Candidate) -> bool:
    places = (candidate.name, candidate.comment, *candidate.columns, *candidate.labels)
    return any(whole in "".join(words(place)) for place in places if place)


@lru_cache(maxsize=1 << 14)
def _word_set(text: str) -> frozenset[str]:
    return frozenset(words(text))
