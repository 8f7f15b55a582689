"""Bodies: what they may take together, and that unpacking is told as it goes."""

import asyncio
import gzip
import random
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from strabo.api.body import Budget, Limits, read, unpack
from strabo.api.problems import Refused
from strabo.errors import Overloaded

MIB = 1024 * 1024
PACK: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstandard.compress}


def test_bodies_together_are_bounded_and_room_comes_back() -> None:
    budget = Budget(100)
    one, two = budget.share(), budget.share()
    one.take(60)
    with pytest.raises(Overloaded, match="fill the memory"):
        two.take(50)
    two.take(40)
    with pytest.raises(Overloaded):
        one.take(1)
    two.give_back()
    two.give_back()
    one.take(1000)  # alone, the largest body must fit
    assert budget.used == 1060
    one.give_back()
    assert budget.used == 0


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_what_unpacking_takes_is_counted_before_it_is_all_there(coding: str) -> None:
    budget = Budget(10 * MIB)
    other, share = budget.share(), budget.share()
    other.take(MIB)
    bomb = PACK[coding](b"\0" * (64 * MIB))
    with pytest.raises(Overloaded):
        unpack(bomb, coding, 256 * MIB, share)
    assert budget.used <= 10 * MIB
    with pytest.raises(Refused) as caught:
        unpack(bomb, coding, 32 * MIB)
    assert caught.value.status == 413


@given(st.lists(st.binary(max_size=300_000), max_size=4), st.sampled_from(["gzip", "zstd"]), st.data())
def test_several_members_unpack_and_half_of_one_does_not(parts: list[bytes], coding: str, data: Any) -> None:
    packed = b"".join(PACK[coding](part) for part in parts)
    assert unpack(packed, coding, 10 * MIB) == b"".join(parts) if packed else True
    if packed:
        cut = data.draw(st.integers(1, len(packed) - 1))
        try:
            got = unpack(packed[:cut], coding, 10 * MIB)
        except Refused as error:
            got = b"" if error.status == 400 else b"a wrong status"
        assert b"".join(parts).startswith(got)  # all of it only where a member ends


def test_noise_unpacks_too() -> None:
    noise = random.Random(1).randbytes(3 * MIB)  # grows when it is packed
    for coding, pack in PACK.items():
        assert unpack(pack(noise), coding, 4 * MIB) == noise


def test_a_full_memory_ends_the_reading_of_a_body() -> None:
    budget = Budget(MIB)
    budget.share().take(MIB // 2)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"x" * 65536, "more_body": True}

    with pytest.raises(Overloaded):
        asyncio.run(read(receive, {}, Limits(), budget.share()))


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_body_of_very_many_parts_is_refused(coding: str) -> None:
    assert unpack(PACK[coding](b"x") * 1000, coding, MIB) == b"x" * 1000
    with pytest.raises(Refused, match="more than 1000 parts"):
        unpack(PACK[coding](b"x") * 1001, coding, MIB)
