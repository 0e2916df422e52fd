"""The open slots of one place and one local day, as bytes that an answer is cut out of.

Times are microseconds since 1970, so that finding where an answer begins and ends compares numbers and nothing else.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Date, Select, bindparam, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from daybook.engine import Connection
from daybook.statements import Row
from projections.slots import SLOT
from projections.topics import slots_in
from queries.open_slots import SELECT, offered
from queries.seats import first_expiry, has_holds

MOST_SLOTS: Final = 200

# How many slots one statement reads at most; at least three days of them.
MOST_READ: Final = 700

# No clock is further ahead of UTC, or behind it.
AHEAD: Final = timedelta(hours=14)
BEHIND: Final = timedelta(hours=12)

ID_BYTES: Final = 16

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

Key = tuple[int, bytes]
"""Where something stands in the list: the start, and the bytes of the id or of what is just behind it."""


class Place(NamedTuple):
    """Where slots are."""

    city_id: str
    stage_id: str

    def topic(self, day: date) -> str:
        """Name the slots of a local day."""
        return slots_in(self.city_id, self.stage_id, day)


class DayPage(msgspec.Struct, frozen=True, array_like=True):
    """What holds until the clock shows `until`. Of more than `MOST_SLOTS` only the first are there, up to `cut`.

    `starts` and `ids` (16 bytes each) are those of the slots, in order; `ends` is where each ends in `items`, their
    JSON with commas between.
    """

    until: int | None
    cut: int | None
    starts: list[int]
    ids: bytes
    ends: list[int]
    items: bytes

    def place_of(self, key: Key) -> int:
        """Return the number of the first slot that does not stand before a key."""
        start, slot_id = key
        number = bisect_left(self.starts, start)
        while number < len(self.starts) and (self.starts[number], self.id_of(number)) < (start, slot_id):
            number += 1
        return number

    def id_of(self, number: int) -> bytes:
        """Return the id of a slot by its number."""
        return self.ids[ID_BYTES * number : ID_BYTES * (number + 1)]

    def slice(self, first: int, last: int) -> bytes:
        """Return the JSON of the slots from one number up to another, which is not among them, and greater."""
        return self.items[self.ends[first - 1] + 1 if first else 0 : self.ends[last - 1]]


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(DayPage).decode
_json = msgspec.json.Encoder().encode


def micros(moment: datetime) -> int:
    """Return a moment, which is aware, as it stands in a page."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """Return what stands in a page as a moment, in UTC."""
    return _EPOCH + micros * _MICROSECOND


def midnight(day: date) -> datetime:
    """Return the beginning of a day of UTC."""
    return datetime.combine(day, time(), UTC)


_slots: Final = (
    SELECT.add_columns(
        SLOT.c.local_date,
        case((has_holds, first_expiry)).label("first_expiry"),
        func.row_number()
        .over(partition_by=SLOT.c.local_date, order_by=(SLOT.c.starts_at, SLOT.c.slot_id))
        .label("number"),
    )
    .where(
        SLOT.c.city_id == bindparam("city_id"),
        SLOT.c.stage_id == bindparam("stage_id"),
        # Also those whose seats are all held: they come back by the clock.
        SLOT.c.status == literal_column("'open'"),
        SLOT.c.local_date == func.any(bindparam("days", type_=ARRAY(Date))),
        # The index knows no local dates.
        SLOT.c.starts_at > bindparam("begins"),
        SLOT.c.starts_at < bindparam("ends"),
    )
    .subquery()
)
SELECTION: Final[Select[Any]] = (
    select(_slots)
    .where(_slots.c.number <= bindparam("most"))
    .order_by(_slots.c.local_date, _slots.c.starts_at, _slots.c.slot_id)
    .limit(MOST_READ)
)


async def read_pages(connection: Connection, place: Place, days: Sequence[date], now: datetime) -> dict[date, DayPage]:
    """Work out the pages of some days, in one statement, without the slots that have started; `now` is aware.

    The last of the days, which rise, are left out if there is too much to read.
    """
    begins = max(now, midnight(days[0]) - AHEAD)
    parameters = {
        "city_id": place.city_id,
        "stage_id": place.stage_id,
        "days": list(days),
        "begins": begins,
        "ends": midnight(days[-1]) + timedelta(days=1) + BEHIND,
        "now": now,
        "most": MOST_SLOTS + 1,
    }
    rows = await connection.fetch(SELECTION, parameters)
    by_day = {day: list(found) for day, found in groupby(rows, key=lambda row: row.local_date)}
    whole = [day for day in days if day < rows[-1].local_date] if len(rows) == MOST_READ else days
    return {day: _page(by_day.get(day, [])) for day in whole}


def _page(rows: Sequence[Row]) -> DayPage:
    is_cut, rows = len(rows) > MOST_SLOTS, rows[:MOST_SLOTS]
    shown = [row for row in rows if row.seats_left > 0]
    items = [_json(offered(row)) for row in shown]
    ends, end = [], -1
    for item in items:
        end += len(item) + 1
        ends.append(end)
    until = min((row.first_expiry for row in rows if row.first_expiry), default=None)
    return DayPage(
        until=until and micros(until),
        cut=micros(rows[-1].starts_at) if is_cut else None,
        starts=[micros(row.starts_at) for row in shown],
        ids=b"".join(row.slot_id.bytes for row in shown),
        ends=ends,
        items=b",".join(items),
    )
