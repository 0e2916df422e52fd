"""What comes between: recruiters fall ill and withdraw a day, one leaves for good, and candidates choose anew."""

from __future__ import annotations

from collections.abc import Sequence

from cli.demo.calendar import HIRING_DAY, Offer, Recruiter
from cli.demo.diary import Diary
from cli.demo.people import Person
from cli.demo.scripts import World
from cli.demo.story import Script, Step, admin_step

SICK_DAY = HIRING_DAY
SICK, LEAVING = (0, 1), 2
"""Recruiters of the first city, by number."""


def withdrawn_slots(weeks: Sequence[Offer]) -> list[Offer]:
    """Return what those who fall ill withdraw."""
    return [offer for offer in weeks if offer.recruiter.number in SICK and offer.day == SICK_DAY]


def withdrawals(world: World, withdrawn: Sequence[Offer], leaving: Recruiter) -> tuple[Script, ...]:
    """Withdraw the slots, which ends their bookings; and let one go, whose bookings stay."""
    steps = [
        Step(
            command="cancel-slot",
            key=str(world.ids.of("withdraw", offer.slot_id)),
            actor=str(offer.recruiter.recruiter_id),
            body={"slot_id": str(offer.slot_id), "reason": "The recruiter is ill"},
        )
        for offer in withdrawn
    ]
    farewell = {"recruiter_id": str(leaving.recruiter_id), "reason": "Left the company"}
    return tuple((step,) for step in (*steps, admin_step(world.ids, "deactivate-recruiter", farewell)))


def second_choices(world: World, withdrawn: Sequence[Offer], weeks: Sequence[Offer]) -> tuple[Script, ...]:
    """Have all who lost their seat choose another."""
    left_behind = world.seats.withdraw(offer for offer in weeks if offer.recruiter.number == LEAVING)
    world.seats.withdraw(withdrawn)
    gone = {offer.slot_id for offer in withdrawn}
    losers = [(person, offer) for person, offer in world.held.values() if offer.slot_id in gone]
    return tuple(_second_choice(world, person, offer, left_behind) for person, offer in losers)


def _second_choice(world: World, person: Person, lost: Offer, left_behind: Sequence[Offer]) -> Script:
    """Try the seat that is gone, then that of a recruiter who is, then one that is there."""
    diary = Diary(world.ids, person, world.held, "second choice")
    diary.book(lost, "slot-cancelled")
    if left_behind:
        diary.book(world.rng.choice(left_behind), "recruiter-inactive")
    if offer := world.seats.promise(person.city.city_id, person.stage.stage_id):
        diary.book(offer)
    return diary.script
