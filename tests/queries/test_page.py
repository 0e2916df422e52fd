"""Cursors: opaque to honest clients, harmless from others."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import msgspec
import pytest

from queries.directory import recruiters, stages
from queries.open_slots import SlotFilters, open_slots
from queries.page import BadCursor, Paging
from tests.queries.asking import asking
from tests.support.deciding import NOW, OTHER_RECRUITER, OTHER_SLOT, recruiter, slot, stage

EVENTS = [slot(), slot(OTHER_SLOT), recruiter(), recruiter(OTHER_RECRUITER), stage(), stage("second")]


def forged(cursor: str | None, *values: Any) -> Paging:
    """Put other values behind the tag of a cursor that was given out."""
    assert cursor is not None
    tag = msgspec.json.decode(urlsafe_b64decode(cursor + "=="))[0]
    return Paging(1, urlsafe_b64encode(msgspec.json.encode([tag, *values])).decode())


async def test_forged_cursors_are_refused_before_the_database_sees_them(database_url: str) -> None:
    """Moments without a zone or out of range, texts with a NUL, numbers too large, too few or too many values."""
    async with asking(database_url, EVENTS) as connection:
        slots = (await open_slots(connection, SlotFilters(), Paging(1), NOW)).answer.next_cursor
        names = (await recruiters(connection, Paging(1))).answer.next_cursor
        orders = (await stages(connection, Paging(1))).answer.next_cursor

        for paging in (
            forged(slots, "2027-03-01T09:00:00", str(OTHER_SLOT)),
            forged(slots, "0001-01-01T00:00:00+23:00", str(OTHER_SLOT)),
            forged(slots, "2027-03-01T09:00:00Z", "17"),
            forged(slots, "2027-03-01T09:00:00Z"),
            forged(slots, "2027-03-01T09:00:00Z", str(OTHER_SLOT), 1),
        ):
            with pytest.raises(BadCursor):
                await open_slots(connection, SlotFilters(), paging, NOW)
        with pytest.raises(BadCursor):
            await recruiters(connection, forged(names, "A\0", str(OTHER_RECRUITER)))
        with pytest.raises(BadCursor):
            await stages(connection, forged(orders, 2**40, "second"))


async def test_cursor_goes_with_its_filters(database_url: str) -> None:
    """The same filters in a new request continue the list; others do not."""
    async with asking(database_url, EVENTS) as connection:
        first = await open_slots(connection, SlotFilters(city_id="berlin"), Paging(1), NOW)
        paging = Paging(1, first.answer.next_cursor)

        second = await open_slots(connection, SlotFilters(city_id="berlin"), paging, NOW)

        with pytest.raises(BadCursor):
            await open_slots(connection, SlotFilters(city_id="rome"), paging, NOW)
    shown = [*first.answer.items, *second.answer.items]
    assert [each.slot_id for each in shown] == sorted([each.slot_id for each in shown])
    assert (len(shown), second.answer.next_cursor) == (2, None)
