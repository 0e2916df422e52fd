"""What comes between: recruiters fall ill and withdraw a day, one leaves for good, and candidates choose anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from cli.demo.calendar import HIRING_DAY, Offer, Recruiter
from cli.demo.diary import Diary
from cli.demo.people import Person
from cli.demo.scripts import World
from cli.demo.story import Script, Step, admin_step

SICK_DAY = HIRING_DAY
SICK = 2


class Troubles(msgspec.Struct, frozen=True):
    """The slots that are withdrawn, and the recruiter who leaves with slots still on offer."""

    withdrawn: Sequence[Offer]
    leaving: Recruiter


def strike(world: World, recruiters: Sequence[Recruiter], weeks: Sequence[Offer]) -> Troubles:
    """Strike those who will be missed most on the day, one of a city; a colleague of the first one leaves."""
    missed = Counter(offer.recruiter.number for _, offer in world.held.values() if offer.day == SICK_DAY)
    by_city: dict[str, Recruiter] = {}
    for recruiter in sorted(recruiters, key=lambda each: -missed[each.number]):
        by_city.setdefault(recruiter.city.city_id, recruiter)
    sick = [*by_city.values()][:SICK]
    leaving = next(each for each in recruiters if each.city == sick[0].city and each not in sick)
    return Troubles([offer for offer in weeks if offer.recruiter in sick and offer.day == SICK_DAY], leaving)


def withdrawals(world: World, troubles: Troubles) -> tuple[Script, ...]:
    """Withdraw the slots, which ends their bookings; and let one go, whose bookings stay."""
    steps = [
        Step(
            command="cancel-slot",
            key=str(world.ids.of("withdraw", offer.slot_id)),
            actor=str(offer.recruiter.recruiter_id),
            body={"slot_id": str(offer.slot_id), "reason": "The recruiter is ill"},
        )
        for offer in troubles.withdrawn
    ]
    farewell = {"recruiter_id": str(troubles.leaving.recruiter_id), "reason": "Left the company"}
    return tuple((step,) for step in (*steps, admin_step(world.ids, "deactivate-recruiter", farewell)))


def second_choices(world: World, troubles: Troubles, weeks: Sequence[Offer]) -> tuple[Script, ...]:
    """Have all who lost their seat choose another."""
    left_behind = world.seats.withdraw(offer for offer in weeks if offer.recruiter == troubles.leaving)
    world.seats.withdraw(troubles.withdrawn)
    gone = {offer.slot_id for offer in troubles.withdrawn}
    losers = [(person, offer) for person, offer in world.held.values() if offer.slot_id in gone]
    return tuple(_second_choice(world, person, offer, left_behind) for person, offer in losers)


def _second_choice(world: World, person: Person, lost: Offer, left_behind: Sequence[Offer]) -> Script:
    """Try the seat that is gone, then that of a recruiter of the city who is, then one that is there."""
    diary = Diary(world.ids, person, world.held, "second choice")
    diary.book(lost, "slot-cancelled")
    if left_behind and person.city == left_behind[0].recruiter.city:
        diary.book(world.rng.choice(left_behind), "recruiter-inactive")
    if offer := world.seats.promise(person.city.city_id, person.stage.stage_id):
        diary.book(offer)
    return diary.script
