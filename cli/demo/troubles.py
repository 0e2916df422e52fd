"""What comes between: recruiters fall ill, leave or are called away, and those who lost their seat choose anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from cli.demo.calendar import HIRING_DAY
from cli.demo.diary import Diary
from cli.demo.offers import WORKING_DAYS, Offer, Recruiter, absence
from cli.demo.people import Person
from cli.demo.story import Script, admin_step, recruiter_step
from cli.demo.world import World

SICK_DAY = HIRING_DAY
SICK = 2

_LAST_DAY = WORKING_DAYS[-1]


class Troubles(msgspec.Struct, frozen=True):
    """The slots that are withdrawn; the recruiter who leaves with slots on offer, and the one called away on a day."""

    withdrawn: Sequence[Offer]
    leaving: Recruiter
    called_away: Recruiter


def strike(world: World, recruiters: Sequence[Recruiter], weeks: Sequence[Offer]) -> Troubles:
    """Strike those who will be missed most on the day, one of a city, and a colleague of each."""
    missed = Counter(offer.recruiter.number for _, offer in world.held.values() if offer.day == SICK_DAY)
    by_city: dict[str, Recruiter] = {}
    for recruiter in sorted(recruiters, key=lambda each: -missed[each.number]):
        by_city.setdefault(recruiter.city.city_id, recruiter)
    sick = [*by_city.values()][:SICK]
    colleagues = [next(each for each in recruiters if each.city == ill.city and each not in sick) for ill in sick]
    return Troubles([offer for offer in weeks if offer.recruiter in sick and offer.day == SICK_DAY], *colleagues)


def withdrawals(world: World, troubles: Troubles, now: datetime) -> tuple[Script, ...]:
    """Withdraw the slots, which ends their bookings and holds; the others' bookings stay, but nobody comes in."""
    seats = Counter(offer.slot_id for _, offer in world.held.values())
    seats.update(offer.slot_id for offer in world.kept)
    steps = [
        recruiter_step(
            world.ids,
            offer.recruiter.recruiter_id,
            "cancel-slot",
            {"slot_id": str(offer.slot_id), "reason": "The recruiter is ill"},
            (offer.start,),
            events=1 + seats[offer.slot_id],
        )
        for offer in troubles.withdrawn
    ]
    away = absence(world.ids, troubles.called_away, _LAST_DAY, "Called to another office", now)
    farewell = {"recruiter_id": str(troubles.leaving.recruiter_id), "reason": "Left the company"}
    return tuple((step,) for step in (*steps, away, admin_step(world.ids, "deactivate-recruiter", farewell)))


def second_choices(world: World, troubles: Troubles, weeks: Sequence[Offer]) -> tuple[Script, ...]:
    """Have all who lost their seat choose another."""
    left_behind = world.seats.withdraw(offer for offer in weeks if offer.recruiter == troubles.leaving)
    unattended = world.seats.withdraw(
        offer for offer in weeks if offer.recruiter == troubles.called_away and offer.day == _LAST_DAY
    )
    world.seats.withdraw(troubles.withdrawn)
    gone = {offer.slot_id for offer in troubles.withdrawn}
    losers = [(key, person, offer) for key, (person, offer) in world.held.items() if offer.slot_id in gone]
    for key, _, _ in losers:
        del world.held[key]
    closed = {"recruiter-inactive": left_behind, "recruiter-absent": unattended}
    return tuple(_second_choice(world, person, offer, closed) for _, person, offer in losers)


def _second_choice(world: World, person: Person, lost: Offer, closed: Mapping[str, Sequence[Offer]]) -> Script:
    """Try the seat that is gone, then those of recruiters of the city who are, then one that is there."""
    diary = Diary(world.ids, person, world.held, "second choice")
    diary.book(lost, "slot-cancelled")
    for code, offers in closed.items():
        if offers and person.city == offers[0].recruiter.city:
            diary.book(world.rng.choice(offers), code)
    if offer := world.seats.promise(person.city.city_id, lost.stage_id):
        diary.book(offer)
    return diary.script
