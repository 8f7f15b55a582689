"""Words that are nowhere, and the words that were probably meant."""

from collections.abc import Callable, Iterable

import msgspec

from strabo.search.distance import distance
from strabo.search.plural import forms
from strabo.search.query import Query, Term, reword
from strabo.search.words import spoken

SHORT = 5  # letters up to which a word may have one slip; a longer one may have two


class Correction(msgspec.Struct, frozen=True):
    word: str
    distance: int  # slips: a letter too many, missing, wrong, or two neighbours swapped
    count: int  # entries that hold the word


def corrections(word: str, vocabulary: Iterable[tuple[str, int]], limit: int = 5) -> list[Correction]:
    """The words nearest to a misspelt one: fewest slips first, then the more frequent, then by letter.

    vocabulary: words, or tokens as the index keeps them, with how many entries hold them; filters' tokens are passed
    over. Nothing for numbers and for words of one or two letters, which are near to everything.
    """
    if len(word) < 3 or word.isdigit():
        return []
    most = 1 if len(word) <= SHORT else 2
    letters = frozenset(word)
    shortest, longest = len(word) - most, len(word) + most
    found = []
    for token, count in vocabulary:
        term: str | None = token
        if token.startswith("x"):
            term = spoken(token)
        # Two cheap tests leave a few in a hundred: the length, and the letters that one has and the other has not.
        if term is None or not shortest <= len(term) <= longest or len(letters.difference(term)) > most:
            continue
        if term == word or len(frozenset(term) - letters) > most:
            continue
        slips = distance(word, term, most)
        if slips <= most:
            found.append(Correction(term, slips, count))
    found.sort(key=lambda c: (c.distance, -c.count, c.word))
    return found[:limit]


def repair(query: Query, known: Callable[[str], bool], vocabulary: Iterable[tuple[str, int]]) -> Query | None:
    """The question with the words that are nowhere replaced by the nearest that are somewhere; None if none can be.

    known: whether the index holds exactly this word. Its text is what to show: "did you mean …?"
    Filters, unwanted words and the beginning of a word that is still being typed are left alone.
    """
    missing = [word for term in query.terms for word in _missing(term, known)]
    if not missing:
        return None
    there = list(vocabulary)
    begun = {term.parts[-1] for term in query.terms if term.prefix}
    instead = {}
    for word in dict.fromkeys(missing):
        if word in begun and any(token.startswith(word) for token, _ in there):
            continue
        best = corrections(word, there, limit=1)
        if best:
            instead[word] = best[0].word
    return reword(query, instead) if instead else None


def _missing(term: Term, known: Callable[[str], bool]) -> list[str]:
    if term.whole and known(term.whole):
        return []
    return [part for part in term.parts if not any(map(known, forms(part)))]
