"""A seat, and what becomes of it: plans change, and where approval is required somebody says yes or no."""

from __future__ import annotations

from uuid import UUID

from cli.demo.diary import Diary
from cli.demo.offers import WEEK, Offer
from cli.demo.people import Person
from cli.demo.world import CHANGES_LATER, CHANGES_NEXT_WEEK, World

_APPROVED = 0.75
_DECLINED = 0.15
_SLIP = 8
"""Once in so many times somebody asks for what is settled already."""


def find_seat(world: World, person: Person) -> Offer | None:
    """Promise a seat of the person's stage in their city."""
    return world.seats.promise(person.city.city_id, person.stage.stage_id)


def settle(world: World, diary: Diary, offer: Offer | None, hold_id: UUID | None = None) -> None:
    """Take the seat, perhaps one that is held, and have plans change as often as they do."""
    if offer is None:
        return
    times = 2 if diary.person.number in world.resenders else 1
    booking_id: UUID | None = diary.book(offer, times=times, hold_id=hold_id)
    rate = CHANGES_NEXT_WEEK if offer.day < WEEK else CHANGES_LATER
    if booking_id and world.rng.random() < rate:
        booking_id = _change_plans(world, diary, booking_id, offer)
    if booking_id and diary.person.stage.approval == "required":
        _judge(world, diary, booking_id)


def _change_plans(world: World, diary: Diary, booking_id: UUID, offer: Offer) -> UUID | None:
    other = find_seat(world, diary.person)
    if other is None or other.slot_id == offer.slot_id:
        diary.cancel(booking_id)
        return None
    match world.rng.choice(("move", "move", "give up", "begin anew")):
        case "move":
            diary.reschedule(booking_id, other)
            return booking_id
        case "give up":
            diary.cancel(booking_id)
            return None
        case _:
            diary.cancel(booking_id)
            return diary.book(other)


def _judge(world: World, diary: Diary, booking_id: UUID) -> None:
    """The recruiter says yes, or no and another time is found, or lets it wait."""
    recruiter = str(world.held[booking_id][1].recruiter.recruiter_id)
    body, reasoned = {"booking_id": str(booking_id)}, {"booking_id": str(booking_id), "reason": "The panel is full"}
    slip = world.rng.randrange(_SLIP) == 0
    drawn = world.rng.random()
    if drawn < _APPROVED:
        diary.ask("approve-booking", body, actor=recruiter)
        if slip:
            diary.ask("decline-booking", reasoned, "already-approved", actor=recruiter)
    elif drawn < _APPROVED + _DECLINED:
        diary.ask("decline-booking", reasoned, actor=recruiter)
        diary.lose(booking_id)
        if slip:
            diary.cancel(booking_id, "booking-closed")
        if other := find_seat(world, diary.person):
            diary.book(other)
