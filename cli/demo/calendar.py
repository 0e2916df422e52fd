"""What the recruiters offer: two working weeks with lunch and evenings, and a few slots with a purpose.

Times are wall times counted from the first Monday that is at least two days away, so that no rule which counts hours
can tell on which day or at what hour the story is told. Standby slots are counted from now instead: they are the
same-day ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Literal
from uuid import UUID

import msgspec

from cli.demo.places import CITIES, FAMILY_NAMES, GIVEN_NAMES, City
from cli.demo.rules import SCREENING, STAGES
from cli.demo.story import Ids

DAY = 24 * 60
WORKING_DAYS = (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)
HIRING_DAY = 8
SATURDAY = 5
FAR_DAY = 63
HIRING_DAY_PART = 6
"""A single day carries a sixth of all seats."""

_SLOTS_BY_WEEKDAY = (10, 9, 8, 9, 7)
_SHIFTS = ((8 * 60 + 30, 12 * 60, 17 * 60 + 30), (11 * 60, 14 * 60, 20 * 60))
_LUNCH = 60
_GROUP_MINUTES = 60
_GROUP_SEATS = 4
_GROUP_SHARE = 0.02
_BREAKS = (0, 0, 0, 0, 5, 15)


class Recruiter(msgspec.Struct, frozen=True):
    """Who holds interviews, in which city and hours; `gap` minutes stay free after each."""

    recruiter_id: UUID
    number: int
    name: str
    city: City
    gap: int
    shift: tuple[int, int, int]


class Offer(msgspec.Struct, frozen=True):
    """A slot: `start` counts minutes from `anchor`, the first Monday's local midnight or now."""

    slot_id: UUID
    recruiter: Recruiter
    stage_id: str
    start: int
    minutes: int
    capacity: int = 1
    anchor: Literal["monday", "now"] = "monday"

    @property
    def end(self) -> int:
        """Minutes from the anchor."""
        return self.start + self.minutes

    @property
    def day(self) -> int:
        """Days after the first Monday."""
        return self.start // DAY

    @property
    def hour(self) -> int:
        """Hour of the local day."""
        return self.start % DAY // 60

    def starts_at(self, now: datetime) -> str:
        """Say when, in the form of `publish-slot`, if the story is told `now` (aware UTC)."""
        if self.anchor == "now":
            moment = now.replace(second=0, microsecond=0) + timedelta(minutes=self.start)
            return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        monday = first_monday(now).replace(hour=0, minute=0, tzinfo=None)
        return (monday + timedelta(minutes=self.start)).strftime("%Y-%m-%dT%H:%M")


def first_monday(now: datetime) -> datetime:
    """Return the first Monday whose working hours are most of a day away in every zone; only its date counts."""
    ahead = now.replace(second=0, microsecond=0) + timedelta(days=2)
    return ahead + timedelta(days=-ahead.weekday() % 7)


def staff(rng: Random, ids: Ids) -> list[Recruiter]:
    """Hire the recruiters."""
    posts = [city for city in CITIES for _ in range(city.recruiters)]
    return [
        Recruiter(
            ids.of("recruiter", number),
            number,
            f"{rng.choice(GIVEN_NAMES)} {rng.choice(FAMILY_NAMES)}",
            city,
            rng.choice((0, 5, 10)),
            rng.choice(_SHIFTS),
        )
        for number, city in enumerate(posts)
    ]


def working_weeks(rng: Random, ids: Ids, recruiters: Sequence[Recruiter]) -> list[Offer]:
    """Fill the working days. Groups at the end of the hiring day make it a sixth of all seats."""
    offers = [offer for recruiter in recruiters for day in WORKING_DAYS for offer in _day(rng, ids, recruiter, day)]
    elsewhere = sum(offer.capacity for offer in offers if offer.day != HIRING_DAY)
    there = sum(offer.capacity for offer in offers if offer.day == HIRING_DAY)
    missing = elsewhere // (HIRING_DAY_PART - 1) - there
    for number, recruiter in enumerate(recruiters):
        seats = missing // len(recruiters) + (number < missing % len(recruiters))
        start = HIRING_DAY * DAY + recruiter.shift[2] - _GROUP_MINUTES
        offers.append(Offer(ids.of("group", number), recruiter, SCREENING, start, _GROUP_MINUTES, seats))
    return offers


def _day(rng: Random, ids: Ids, recruiter: Recruiter, day: int) -> list[Offer]:
    begin, lunch, end = recruiter.shift
    if day == HIRING_DAY:
        end -= _GROUP_MINUTES + recruiter.gap
    wanted = _SLOTS_BY_WEEKDAY[day % 7] + rng.choice((-1, 0, 0, 1))
    offers: list[Offer] = []
    clock = begin
    while len(offers) < wanted:
        stage = rng.choices(STAGES, [each.share for each in STAGES])[0]
        if clock < lunch + _LUNCH and clock + stage.minutes > lunch:
            clock = lunch + _LUNCH
        if clock + stage.minutes > end:
            break
        group = stage.stage_id == SCREENING and rng.random() < _GROUP_SHARE
        slot_id = ids.of("slot", recruiter.number, day, len(offers))
        start = day * DAY + clock
        offers.append(Offer(slot_id, recruiter, stage.stage_id, start, stage.minutes, _GROUP_SEATS if group else 1))
        clock += stage.minutes + recruiter.gap + rng.choice(_BREAKS)
    return offers


def hot_slots(ids: Ids, recruiters: Sequence[Recruiter], number: int) -> list[Offer]:
    """Offer the only Saturday morning of a city, `number` times; the first has three seats, the others one."""
    leads = {recruiter.city.city_id: recruiter for recruiter in reversed(recruiters)}
    return [
        Offer(
            ids.of("hot", city.city_id), leads[city.city_id], SCREENING, SATURDAY * DAY + 10 * 60, 30, 1 if place else 3
        )
        for place, city in enumerate(CITIES[:number])
    ]


def standby_slots(ids: Ids, recruiters: Sequence[Recruiter]) -> list[Offer]:
    """Offer three video calls of each recruiter today: the desk is held around the clock."""
    return [
        Offer(ids.of("standby", recruiter.number, start), recruiter, SCREENING, start, 30, anchor="now")
        for recruiter in recruiters
        for start in (3 * 60, 5 * 60, 8 * 60)
    ]


def soon_slots(ids: Ids, recruiters: Sequence[Recruiter]) -> list[Offer]:
    """Offer calls that begin within the minimum notice: they are seen, and nobody can book them."""
    return [
        Offer(ids.of("soon", recruiter.number), recruiter, SCREENING, 40, 30, anchor="now") for recruiter in recruiters
    ]


def far_slots(ids: Ids, recruiters: Sequence[Recruiter]) -> list[Offer]:
    """Offer calls beyond the horizon."""
    return [
        Offer(ids.of("far", recruiter.number), recruiter, SCREENING, FAR_DAY * DAY + 10 * 60, 30)
        for recruiter in recruiters
    ]
