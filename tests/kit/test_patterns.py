"""Patterns leave out what they say, and say which of them did."""

import pytest

from strabo.kit.patterns import excluded_by, matches
from strabo.testing.hostile import HOSTILE_NAMES


@pytest.mark.parametrize(
    ("pattern", "name", "covers"),
    [
        ("tmp_*", "tmp_x", True),
        ("tmp_*", "a.tmp_x", False),
        ("tmp_*", "TMP_x", False),
        ("*", "line\nbreak", True),
        ("/tmp_\\d+/", "tmp_12", True),
        ("/tmp_\\d+/", "tmp_12x", False),
        ("/", "/", True),
        ("a.b", "axb", False),
    ],
)
def test_a_pattern_covers_the_whole_name(pattern: str, name: str, covers: bool) -> None:
    assert matches(pattern, name) is covers


def test_the_rule_that_decided_is_named() -> None:
    assert excluded_by("tmp_x", [], ["old_*", "tmp_*"]) == "exclude tmp_*"
    assert excluded_by("tmp_x", ["tmp_*"], ["tmp_*"]) == "exclude tmp_*"
    assert excluded_by("x", ["a*", "b*"], []) == "include a*, b*"
    assert excluded_by("a1", ["a*", "b*"], []) is None
    assert all(excluded_by(name, ["*"], []) is None for name in HOSTILE_NAMES)
