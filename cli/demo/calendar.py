"""The calendars: two working weeks with lunch and evenings, and a few slots with a purpose.

Who keeps regular hours publishes the mornings as a series (`cli.demo.recurring`) and the afternoons by hand, the others
everything by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random
from typing import Literal, NamedTuple

from cli.demo.offers import DAY, SATURDAY, WEEK, WORKING_DAYS, Offer, Recruiter
from cli.demo.places import CITIES, FAMILY_NAMES, GIVEN_NAMES
from cli.demo.recurring import Mornings
from cli.demo.rules import SCREENING, STAGES
from cli.demo.story import Ids

HIRING_DAY = 8
FAR_DAY = 63
HIRING_DAY_PART = 6
"""A single day carries a sixth of all seats."""

_AWAY = {7: 2, 22: 4, 43: 9}
"""Days of leave, by the number of the recruiter."""

_SLOTS_BY_WEEKDAY = (10, 9, 8, 9, 7)
_SHIFTS = ((8 * 60 + 30, 12 * 60, 17 * 60 + 30), (11 * 60, 14 * 60, 20 * 60))
_LUNCH = 60
_GROUP_MINUTES = 60
_GROUP_SEATS = 4
_GROUP_SHARE = 0.02
_BREAKS = (0, 0, 0, 0, 5, 15)
_LIMITED = 3
"""One recruiter of so many takes no more than what they offer, in a day or in a week."""


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
            _AWAY.get(number),
        )
        for number, city in enumerate(posts)
    ]


def by_hand(rng: Random, ids: Ids, recruiters: Sequence[Recruiter], series: Sequence[Mornings]) -> list[Offer]:
    """Fill the working days beside the `series`. Groups at the end of the hiring day make it a sixth of all seats."""
    regular = {each.recruiter.number: each.count for each in series}
    offers = [
        offer
        for recruiter in recruiters
        for day in WORKING_DAYS
        if day != recruiter.away
        for offer in _day(rng, ids, recruiter, day, regular.get(recruiter.number, 0))
    ]
    seats = Counter[int]()
    for offer in offers:
        seats[offer.day] += offer.capacity
    for each in series:
        seats.update(dict.fromkeys(each.days, each.count))
    there = seats.pop(HIRING_DAY)
    missing = seats.total() // (HIRING_DAY_PART - 1) - there
    for number, recruiter in enumerate(recruiters):
        size = missing // len(recruiters) + (number < missing % len(recruiters))
        start = HIRING_DAY * DAY + recruiter.shift[2] - _GROUP_MINUTES
        offers.append(Offer(ids.of("group", number), recruiter, SCREENING, start, _GROUP_MINUTES, size))
    return offers


def _day(rng: Random, ids: Ids, recruiter: Recruiter, day: int, regular: int) -> list[Offer]:
    """Fill a day; who has so many `regular` slots in the morning, only the afternoon."""
    begin, lunch, end = recruiter.shift
    if day == HIRING_DAY:
        end -= _GROUP_MINUTES + recruiter.gap
    wanted = _SLOTS_BY_WEEKDAY[day % WEEK] + rng.choice((-1, 0, 0, 1)) - regular
    offers: list[Offer] = []
    clock = lunch + _LUNCH if regular else begin
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


class Limit(NamedTuple):
    """What a recruiter takes on at most, and a day on which that is used up."""

    field: Literal["daily_limit", "weekly_limit"]
    number: int
    full_day: int


def limits(offers: Iterable[Offer]) -> dict[int, Limit]:
    """Settle limits by the recruiter's number; they are as high as what is offered, so nothing more is possible."""
    by_recruiter: dict[int, list[int]] = {}
    for offer in offers:
        if offer.recruiter.number % _LIMITED == 0:
            by_recruiter.setdefault(offer.recruiter.number, []).append(offer.day)
    return {number: _weekly(days) if number % 2 else _daily(days) for number, days in by_recruiter.items()}


def _daily(days: Iterable[int]) -> Limit:
    day, number = Counter(days).most_common(1)[0]
    return Limit("daily_limit", number, day)


def _weekly(days: Iterable[int]) -> Limit:
    week, number = Counter(day // WEEK for day in days).most_common(1)[0]
    return Limit("weekly_limit", number, week * WEEK)
