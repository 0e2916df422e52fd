"""What differs in the read models between two positions."""

import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from events.candidate import ContactChanged
from projections.bookings import BOOKINGS
from projections.candidates import CANDIDATES
from projections.catalogue import PROJECTIONS
from projections.differing import Changed, differing
from projections.folding import Part, fold_log
from projections.projection import Projection, personal_columns
from projections.slots import SLOTS
from tests.projections.running import log_of, story
from tests.support.deciding import BOOKING, CANDIDATE, SLOT, booked, cancelled, candidate, slot

CANARY = "Zebedee Canary"
EVENTS = [slot(), candidate(), booked(slot()), cancelled(booked(slot()))]


async def changes(
    events: Sequence[Any], from_: int, to: int, models: Sequence[Projection] = PROJECTIONS, **options: Any
) -> list[Changed]:
    """Find what differs in the read models of a history."""
    log = await log_of(events)
    return [each async for each in differing(log, models, from_, to, **options)]


async def test_rows_that_came_and_rows_that_changed_are_told() -> None:
    """With the columns that differ, and their values before and after."""
    found = await changes(EVENTS, 2, 4, [SLOTS, BOOKINGS])

    slot_row, booking_row = found
    assert (slot_row.kind, slot_row.key) == ("changed", {"slot_id": str(SLOT)})
    assert (slot_row.was, slot_row.now) == ({"changed_at_position": 1}, {"changed_at_position": 4})
    assert (booking_row.kind, booking_row.was, booking_row.now["status"]) == ("added", {}, "cancelled")


async def test_from_later_to_earlier_what_came_is_gone() -> None:
    """The same rows, the other way round."""
    there, back = await changes(EVENTS, 1, 3), await changes(EVENTS, 3, 1)

    assert there
    assert [(each.now, each.was) for each in back] == [(each.was, each.now) for each in there]
    turned = {"added": "removed", "changed": "changed"}
    assert [each.kind for each in back] == [turned[each.kind] for each in there]


async def test_what_is_personal_differs_and_is_not_shown() -> None:
    """Neither in rows that came nor in those that changed."""
    renamed = ContactChanged(CANDIDATE, name=CANARY, phone="+49 30 999", email="canary@example.com")
    found = await changes([*EVENTS, renamed], 4, 5, [CANDIDATES])
    added = await changes([*EVENTS, renamed], 0, 5)

    [row] = found
    assert set(row.now) == {"name", "phone", "email", "search_name", "phone_digits", "changed_at_position"}
    assert (row.was["name"], row.now["name"], row.was["email"]) == ("[redacted]", "[redacted]", None)
    for each in (*found, *added):
        told = msgspec.json.encode(each).decode().lower()
        assert not any(part in told for part in ("canary", "4930999", "+49", "kim")), told


def test_every_column_with_a_name_in_it_is_known_to_be_personal() -> None:
    """Of candidates; there is none elsewhere."""
    personal = {
        (table.name, name)
        for each in PROJECTIONS
        for table in each.metadata.sorted_tables
        for name in personal_columns(table)
    }

    assert {table for table, _ in personal} == {"candidate"}
    assert {name for _, name in personal} == {"name", "phone", "email", "telegram_id", "search_name", "phone_digits"}


@pytest.mark.parametrize("key", [str(BOOKING), f"booking:{BOOKING}"])
async def test_one_thing_may_be_looked_at_alone(key: str) -> None:
    """By its id or its tag: what other read models keep under the same is told, too."""
    found = await changes(EVENTS, 2, 3, key=key)

    assert {each.table for each in found} >= {"fact_booking"}
    assert {each.key.get("booking_id") for each in found} == {str(BOOKING)}


async def test_it_comes_to_what_two_whole_folds_differ_in() -> None:
    """At random positions of a random history, in one part or in several."""
    draw, events = random.Random(71), story(seed=71, length=80)
    log = await log_of(events)
    for _ in range(4):
        from_, to = sorted(draw.sample(range(len(events) + 1), 2))
        before, after = [await fold_log(log, PROJECTIONS, until) for until in (from_, to)]
        expected = sum(
            row != was.changed[kind].get(key)
            for was, its in zip(before, after, strict=True)
            for kind, rows in its.changed.items()
            for key, row in rows.items()
        )

        whole = [each async for each in differing(log, PROJECTIONS, from_, to)]
        parts = [
            each for number in range(3) async for each in differing(log, PROJECTIONS, from_, to, part=Part(number, 3))
        ]

        assert len(whole) == expected
        assert sorted(map(repr, parts)) == sorted(map(repr, whole))
