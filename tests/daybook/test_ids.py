"""Ids that begin with the moment they were made at."""

import time
from itertools import pairwise
from uuid import RFC_4122, UUID, uuid4, uuid5

from hypothesis import given
from hypothesis import strategies as st

from daybook.ids import derived_id, new_id, time_ordered

MOMENT = 1_800_000_000_000


def milliseconds(id_: UUID) -> int:
    """Return the moment an id was made at, in Unix milliseconds."""
    return id_.int >> 80


def test_an_id_says_when_it_was_made() -> None:
    """Version 7 of RFC 9562, with the clock's time."""
    before = time.time_ns() // 1_000_000

    made = new_id()

    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= milliseconds(made) <= time.time_ns() // 1_000_000


def test_no_two_ids_are_the_same() -> None:
    """Also of those made in the same millisecond."""
    assert len({new_id() for _ in range(10_000)}) == 10_000


@given(st.lists(st.integers(0, 2**48 - 1), min_size=2), st.binary(min_size=16, max_size=32))
def test_ids_are_in_the_order_of_their_moments(moments: list[int], telling: bytes) -> None:
    """Whatever tells them apart beyond that, which no moment loses anything to."""
    made = [time_ordered(moment, telling) for moment in sorted(moments)]

    assert [milliseconds(each) for each in made] == sorted(moments)
    assert all(earlier <= later for earlier, later in pairwise(made))
    assert {(each.version, each.variant) for each in made} == {(7, RFC_4122)}


@given(st.text(), st.text())
def test_what_derives_is_as_old_as_its_parent(name: str, other: str) -> None:
    """And the same for the same name, and for no other."""
    parent = time_ordered(MOMENT, bytes(16))

    derived = derived_id(parent, name)

    assert derived == derived_id(parent, name) != parent
    assert (derived == derived_id(parent, other)) == (name == other)
    assert (derived.version, milliseconds(derived)) == (7, MOMENT)


def test_parents_of_one_moment_have_nothing_in_common() -> None:
    """The whole id of the parent tells apart what derives from it."""
    parents = [time_ordered(MOMENT, bytes([number]) * 16) for number in range(100)]

    assert len({derived_id(parent, "booking") for parent in parents}) == 100


def test_of_a_parent_without_a_time_the_same_derives_as_ever() -> None:
    """What was decided once comes out the same when it is decided again."""
    parent = uuid4()

    assert derived_id(parent, "slot") == uuid5(parent, "slot")
