"""Names: normal form, then the mapping; one step is always enough."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strabo.errors import UsageError
from strabo.model import naming
from strabo.model.aliases import Names
from strabo.model.ref import Ref

HOSTS = st.sampled_from(["a", "b", "c.example", "10.0.0.5", "A", "d:5432", "é"]).map("postgres://{}".format)
NAMES = st.text(max_size=20) | st.sampled_from(['shop."a.b"', "a/b", "📦.x", "\u05e9.\u05d0", "Shop.T", "shop.t"])


def test_a_host_is_taken_for_another_whatever_way_it_is_written() -> None:
    names = Names().mapped("postgresql://10.0.0.5", "postgres://DB.internal:5432")
    assert names.mapping == {"postgres://10.0.0.5:5432": "postgres://db.internal:5432"}
    for written in ("postgres://10.0.0.5:5432", "postgresql://10.0.0.5/", "postgres://u:p@10.0.0.5"):
        assert names.of(Ref(written, "shop.public.t")) == Ref("postgres://db.internal:5432", "shop.public.t")
    assert names.of(Ref("postgres://10.0.0.5:5433", "x")).namespace == "postgres://10.0.0.5:5433"
    assert names.of(Ref("Airflow", "dag")) == Ref("Airflow", "dag")
    assert not Names()


def test_chains_and_circles_are_refused_with_what_to_do_instead() -> None:
    names = Names().mapped("kafka://a", "kafka://b")
    with pytest.raises(UsageError, match="already taken for kafka://a:9092") as caught:
        Names().mapped("kafka://b", "kafka://a").mapped("kafka://a", "kafka://b:9092")
    assert caught.value.fix == "`strabo hosts unmap kafka://b:9092` first"
    with pytest.raises(UsageError, match="itself taken for") as caught:
        names.mapped("kafka://c", "kafka://a")
    assert caught.value.fix == "`strabo hosts map kafka://c:9092 kafka://b:9092`"
    with pytest.raises(UsageError, match="would lead on") as caught:
        names.mapped("kafka://b", "kafka://c")
    assert "hosts map kafka://a:9092 kafka://c" in caught.value.fix
    with pytest.raises(UsageError, match="one name"):
        names.mapped("kafka://x", "KAFKA://X:9092/")
    with pytest.raises(UsageError, match="is no namespace"):
        names.mapped("", "kafka://x")
    with pytest.raises(UsageError, match="is no namespace"):
        names.mapped("kafka://\u202ea", "kafka://x")
    with pytest.raises(UsageError, match="is not mapped"):
        names.unmapped("kafka://b")
    assert not names.unmapped("kafka://A")


@given(st.lists(st.tuples(HOSTS, HOSTS), max_size=12), HOSTS, NAMES)
def test_whatever_was_mapped_once_is_enough(pairs: list[tuple[str, str]], host: str, name: str) -> None:
    names = Names()
    for other, target in pairs:
        try:
            names = names.mapped(other, target)
        except UsageError:
            continue
    once = names.of(Ref(host, name))
    assert names.of(once) == once
    assert naming.normal(once) == once
    assert Names(names.mapping).mapping == names.mapping
