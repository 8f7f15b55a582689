"""The fold is a law: order, repetition and splitting of events make no difference to what they add up to."""

from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strabo.model import naming
from strabo.openlineage.deltas import deltas
from strabo.openlineage.event import parse
from strabo.openlineage.state import Told, merged
from strabo.testing import openlineage as making


def fold(events: list[dict[str, Any]]) -> dict[bytes, Told]:
    found: dict[bytes, Told] = {}
    for one in events:
        for key, state in deltas(parse(one), naming.normal).items():
            found[key] = merged(found[key], state) if key in found else state
    return found


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(making.events, st.integers())
def test_order_and_repetition_make_no_difference(events: list[dict[str, Any]], seed: int) -> None:
    maker = Random(seed)
    again = events + maker.choices(events, k=2)
    maker.shuffle(again)
    assert fold(again) == fold(events)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(making.events)
def test_splitting_makes_no_difference(events: list[dict[str, Any]]) -> None:
    assert fold([part for one in events for part in making.split(one)]) == fold(events)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(making.events, making.events, making.events)
def test_merging_is_associative(a: list[dict[str, Any]], b: list[dict[str, Any]], c: list[dict[str, Any]]) -> None:
    one, two, three = fold(a), fold(b), fold(c)
    for key in one.keys() & two.keys() & three.keys():
        assert merged(merged(one[key], two[key]), three[key]) == merged(one[key], merged(two[key], three[key]))
