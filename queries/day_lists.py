"""Lists of open slots, cut out of the pages of one place and its local days.

What is missing is worked out from PostgreSQL, in one statement, and kept for the next who asks; the answer is the same
as `queries.open_slots` gives, byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from daybook.engine import Engine
from daybook.flights import Flights
from projections.topics import DIRECTORY
from queries.assembling import TooFew, Unsettled, cut
from queries.day_page import AHEAD, BEHIND, DayPage, Key, Place, decode, encode, micros, midnight, moment, read_pages
from queries.found import Found, soonest
from queries.open_slots import LISTING, SlotFilters, filters_of
from queries.page import Paging
from queries.page_reader import PageReader, has_ended

DAYS: Final = 14

# How many days are looked at first, which settles most questions, and then at most.
STEPS: Final = (3, DAYS)
FURTHEST: Final = timedelta(days=366)

# A list that has no end, and too few slots in all these days, is PostgreSQL's for a while.
FAILS_FOR: Final = timedelta(minutes=1)
MOST_FAILURES: Final = 1_000

_DAY: Final = timedelta(days=1)


class _Question(NamedTuple):
    """Up to `limit` slots from a key on that start `before` a moment, None for any."""

    asked: SlotFilters
    place: Place
    begins: Key
    before: datetime | None
    limit: int

    def days(self) -> list[date]:
        """Name the days that may have to be looked at."""
        first = (moment(self.begins[0]) - BEHIND).date()
        end = first + DAYS * _DAY
        if self.before is not None and self.before < midnight(end):
            end = min(end, (self.before + AHEAD).date() + _DAY)
        return [first + number * _DAY for number in range((end - first).days)]


class DayLists:
    """Keeps track of what is being worked out, so that it is done once, and of what the pages are of no use for."""

    def __init__(self, reader: PageReader, engine: Engine) -> None:
        """Both are open."""
        self._reader = reader
        self._engine = engine
        self._filling = Flights[dict[date, DayPage]]("fill pages")
        self._too_few: dict[tuple[Place, date, int], datetime] = {}

    async def close(self) -> None:
        """Drop what is being worked out."""
        await self._filling.close()

    async def answer(self, asked: SlotFilters, paging: Paging, now: datetime, position: int) -> Found[bytes] | None:
        """List slots as of a position that is served; None if the pages do not settle it.

        Raises Away, BadCursor, and whatever a query raises.
        """
        question = _question(asked, paging, now)
        if question is None:
            return None
        days = question.days()
        failure = (question.place, days[0], question.limit)
        if question.before is None and now < self._too_few.get(failure, now):
            return None
        pages: dict[date, DayPage] = {}
        for size in STEPS:
            rest = days[len(pages) :]
            try:
                pages |= await self._pages(question.place, rest[:size], rest, now, position)
                return _found(question, pages)
            except TooFew:
                continue
            except Unsettled:
                return None
        if len(self._too_few) == MOST_FAILURES:
            self._too_few.clear()
        self._too_few[failure] = now + FAILS_FOR
        return None

    async def _pages(
        self, place: Place, step: Sequence[date], rest: Sequence[date], now: datetime, position: int
    ) -> dict[date, DayPage]:
        """Return the pages of the days of a step, in order.

        Where there is none of them, as many of the rest are worked out as there is room for in one statement. Raises
        Away and Unsettled.
        """
        epoch, found = await self._reader.look([place.topic(day) for day in step], decode, now, position)
        pages = {day: found[place.topic(day)] for day in step if place.topic(day) in found}
        missing = [day for day in step if day not in pages]
        if missing:
            pages |= await self._fill(place, tuple(missing if pages else rest), now, position, epoch)
        known = 0
        while known < len(rest) and rest[known] in pages:
            known += 1
        return {day: pages[day] for day in rest[:known]}

    async def _fill(
        self, place: Place, days: tuple[date, ...], now: datetime, position: int, epoch: str
    ) -> dict[date, DayPage]:
        """Work pages out, once for all who want the same ones at the same time. Raises Unsettled."""
        at = self._reader.position
        pages = await self._filling.join(
            (self._reader.generation, place, days),
            at,
            lambda: self._work_out(place, days, now, at, epoch),
            suits=lambda then: all(self._reader.shows(place.topic(day), position, at=then) for day in days),
        )
        if any(has_ended(page, now) for page in pages.values()):
            raise Unsettled("a hold expired while the pages were worked out")
        return pages

    async def _work_out(
        self, place: Place, days: Sequence[date], now: datetime, at: int, epoch: str
    ) -> dict[date, DayPage]:
        async with self._engine.connect() as connection:
            pages = await read_pages(connection, place, days, now)
        self._reader.write(epoch, at, {place.topic(day): encode(page) for day, page in pages.items()})
        return pages


def _question(asked: SlotFilters, paging: Paging, now: datetime) -> _Question | None:
    """Put a question to the pages; None if it is not for them. Raises BadCursor."""
    if asked.city_id is None or asked.stage_id is None or asked.series_id is not None or asked.status != "open":
        return None
    begins = (micros(now) + 1, b"")
    if asked.from_ is not None:
        begins = max(begins, (micros(asked.from_), b""))
    if paging.cursor is not None:
        start, slot_id = LISTING.begins_after(filters_of(asked), paging.cursor)
        begins = max(begins, (micros(start), slot_id.bytes + b"\0"))
    is_near = begins[0] < micros(now + FURTHEST) and (asked.to is None or micros(asked.to) > begins[0])
    return _Question(asked, Place(asked.city_id, asked.stage_id), begins, asked.to, paging.limit) if is_near else None


def _found(question: _Question, pages: Mapping[date, DayPage]) -> Found[bytes]:
    """Answer a question from the pages of its first days. Raises TooFew and Unsettled."""
    before = None if question.before is None else micros(question.before)
    horizon = micros(midnight(max(pages) + _DAY) - AHEAD)
    found = cut(list(pages.values()), question.begins, before, horizon, question.limit)
    cursor = None
    if found.last is not None:
        start, slot_id = found.last
        cursor = LISTING.cursor_after(filters_of(question.asked), (moment(start), UUID(bytes=slot_id)))
    ends = [found.first, *(page.until for page in pages.values())]
    return Found(
        b'{"items":[%b],"next_cursor":%b}' % (found.items, msgspec.json.encode(cursor)),
        frozenset({DIRECTORY, *map(question.place.topic, pages)}),
        soonest(None if each is None else moment(each) for each in ends),
    )
