"""Misspelt words and what was meant."""

import random
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.search.distance import distance
from strabo.search.entry import filter_token
from strabo.search.query import parse
from strabo.search.typo import corrections, repair
from strabo.search.words import wire

VOCABULARY = [
    ("customer", 100), ("custom", 50), ("order", 500), ("orders", 400), ("address", 40), ("border", 2), ("2024", 9),
    (wire("заказы"), 7), (filter_token("tag", "pii"), 1000), (wire("xquery"), 3),
]  # fmt: skip


def plain_distance(one: str, other: str) -> int:
    """Optimal string alignment, as the textbook has it."""
    table = [[i + j if not i or not j else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            best = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (one[i - 1] != other[j - 1]))
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                best = min(best, table[i - 2][j - 2] + 1)
            table[i][j] = best
    return table[-1][-1]


@given(st.text(alphabet="abc", max_size=8), st.text(alphabet="abc", max_size=8), st.integers(1, 3))
def test_distance_is_the_textbook_s(one: str, other: str, most: int) -> None:
    assert distance(one, other, most) == min(plain_distance(one, other), most + 1)


@pytest.mark.parametrize(
    ("word", "best"),
    [
        ("custmer", "customer"), ("cusotmer", "customer"), ("kustomer", "customer"), ("ordr", "order"),
        ("odrer", "order"),
        ("adress", "address"), ("addresss", "address"), ("заказ", "заказы"), ("xqury", "xquery"),
    ],
)  # fmt: skip
def test_the_nearest_word(word: str, best: str) -> None:
    assert corrections(word, VOCABULARY)[0].word == best


@pytest.mark.parametrize("word", ["or", "2023", "zzzzzz", "ordxy", "customer2345", ""])
def test_nothing_near(word: str) -> None:
    assert corrections(word, VOCABULARY) == []


def test_the_more_frequent_of_equals_first_and_a_limit() -> None:
    found = corrections("xorder", [*VOCABULARY, ("yorder", 1), ("zorder", 1)])
    assert [(c.word, c.distance) for c in found] == [
        ("order", 1), ("border", 1), ("yorder", 1), ("zorder", 1), ("orders", 2),
    ]  # fmt: skip
    assert len(corrections("xorder", VOCABULARY, limit=1)) == 1


@given(st.text(alphabet="abcd", min_size=3, max_size=8), st.lists(st.text(alphabet="abcd", min_size=1, max_size=8)))
def test_the_quick_tests_lose_nothing(word: str, terms: list[str]) -> None:
    most = 1 if len(word) <= 5 else 2
    expected = sorted({t for t in terms if t != word and plain_distance(word, t) <= most})
    assert sorted(c.word for c in corrections(word, [(t, 1) for t in dict.fromkeys(terms)], limit=1000)) == expected


def fixed(text: str) -> str | None:
    known = {word for word, _ in VOCABULARY}
    query = repair(parse(text), known.__contains__, VOCABULARY)
    return query.text if query else None


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("custmer order", "customer order"),
        ("fct_ordr tag:ordr -ordr", "fct_order tag:ordr -ordr"),
        ('"custmer adress" ordr', '"customer address" order'),
        ("orders", None),
        ("customers", None),
        ("custo", None),  # still being typed
        ("custo ", "custom "),
        ("zzzzzzz custmer ", "zzzzzzz customer "),
        ("tag:pi", None),
        ("", None),
    ],
)
def test_a_question_repaired(text: str, better: str | None) -> None:
    assert fixed(text) == better


def test_sixty_thousand_words_are_quick() -> None:
    chance = random.Random(1)
    terms = [("".join(chance.choices(string.ascii_lowercase[:14], k=chance.randint(3, 12))), i) for i in range(60_000)]
    began = time.process_time()
    corrections("ledgkmfa", terms)
    assert time.process_time() - began < 0.25
