"""Patterns over the names of objects."""

import pytest

from strabo.kit.ref_patterns import check, covers
from strabo.model.ref import Ref

SHOP = Ref("sqlite:///tmp/shop.db", "orders")


@pytest.mark.parametrize(
    ("pattern", "ref", "covered"),
    [
        ("orders", SHOP, True),
        ("*tmp*", SHOP, False),  # the folder of the database is not its tables' name
        ("*", SHOP, True),
        ("sqlite:///tmp/*", SHOP, True),
        ("sqlite:///tmp/shop.db/orders", SHOP, True),
        ("*:///tmp/*", SHOP, True),
        ("/.*tmp.*/", SHOP, False),
        ("/(?:.*)(?i:TMP).*/", SHOP, False),
        ("/sqlite:.*orders/", SHOP, True),
        ("Orders", SHOP, False),
        ("bigquery:a.*", Ref("bigquery", "a.b.c"), True),
        ("a:b", Ref("n", "a:b"), True),
        ('a."b.c"', Ref("n", 'a."b.c"'), True),
        ("*🦆", Ref("n", "x/🦆"), True),
        ("עב*", Ref("n", "עברית"), True),
    ],
)
def test_what_a_pattern_covers(pattern: str, ref: Ref, covered: bool) -> None:
    assert covers(pattern, ref) is covered


def test_a_pattern_that_is_none() -> None:
    check(["a", "[", "/a/"])
    with pytest.raises(ValueError, match=r"/\(/ is no regular expression: missing \)"):
        check(["a", "/(/"])
