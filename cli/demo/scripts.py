"""What each part does, and what it is answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from uuid import UUID

import msgspec

from cli.demo.calendar import Offer
from cli.demo.diary import Diary, Held
from cli.demo.people import Part, Person, sample
from cli.demo.rules import CANCEL_CUTOFF_MINUTES, FINAL, INTERVIEW, MAX_RESCHEDULES
from cli.demo.seats import Seats
from cli.demo.story import FULL, Ids, Script

# Of interviews, so many come to nothing by how long before they were arranged. Not turning up cannot be recorded yet:
# here these are the shares of those whose plans change, of whom half cancel and half move.
CHANGES_SAME_DAY = 0.03
CHANGES_NEXT_WEEK = 0.24
CHANGES_LATER = 0.29

SENT_AGAIN = 0.05
"""Requests for a seat that are sent again, as a client does whose reply was lost."""

_WEEK = 7


class World(msgspec.Struct, frozen=True):
    """What there is to play with: slots with a purpose, and who does what besides the part."""

    ids: Ids
    rng: Random
    seats: Seats
    held: Held
    hot: Sequence[Offer]
    standby: Iterator[Offer]
    soon: Sequence[Offer]
    far: Sequence[Offer]
    dropouts: frozenset[int]
    resenders: frozenset[int]


def world_of(  # noqa: PLR0913  one argument for each thing on it
    *,
    ids: Ids,
    rng: Random,
    seats: Seats,
    hot: Sequence[Offer],
    standby: Sequence[Offer],
    soon: Sequence[Offer],
    far: Sequence[Offer],
    parts: Sequence[tuple[Person, Part]],
) -> World:
    """Settle who drops out on the same day, and whose requests are sent again."""
    same_day = [person for person, part in parts if part == "same-day"]
    plain = [person for person, part in parts if part == "plain"]
    return World(
        ids,
        rng,
        seats,
        {},
        hot,
        iter(rng.sample(standby, len(standby))),
        soon,
        far,
        sample(rng, same_day, CHANGES_SAME_DAY),
        sample(rng, plain, SENT_AGAIN),
    )


def script_of(world: World, person: Person, part: Part) -> Script:
    """Write the script of one candidate who is no racer."""
    diary = Diary(world.ids, person, world.held)
    diary.register()
    _PLAY[part](world, diary)
    return diary.script


def _plain(world: World, diary: Diary) -> None:
    diary.take_tests()
    _settle(world, diary, _seat(world, diary.person))


def _second_try(world: World, diary: Diary) -> None:
    """Fails, is not let in, passes."""
    offer = _seat(world, diary.person)
    diary.take_tests(passed=False)
    if offer:
        diary.book(offer, "test-required")
    diary.take_tests()
    _settle(world, diary, offer)


def _impatient(world: World, diary: Diary) -> None:
    """Asks before the test."""
    offer = _seat(world, diary.person)
    if offer:
        diary.book(offer, "test-required")
    diary.take_tests()
    _settle(world, diary, offer)


def _unfit(world: World, diary: Diary) -> None:
    """Fails, and asks all the same."""
    diary.take_tests(passed=False)
    if offer := _seat(world, diary.person):
        diary.book(offer, "test-required")


def _same_day(world: World, diary: Diary) -> None:
    """Takes a call of today. Who drops out finds that it is too late to move, and often too late to cancel."""
    offer = next(world.standby, None)
    if offer is None:
        return
    booking_id = diary.book(offer)
    if diary.person.number not in world.dropouts:
        return
    if later := _seat(world, diary.person):
        diary.reschedule(booking_id, later, "too-late-to-reschedule")
    if offer.start >= CANCEL_CUTOFF_MINUTES:
        diary.cancel(booking_id)
        return
    diary.cancel(booking_id, "too-late-to-cancel")
    recruiter = str(offer.recruiter.recruiter_id)
    diary.cancel(booking_id, "reason-required", actor=recruiter, override=True)
    diary.cancel(booking_id, actor=recruiter, override=True, reason="The candidate rang: a child is ill")


def _greedy(world: World, diary: Diary) -> None:
    """Wants a second interview, at the same time if there is one."""
    offer = _seat(world, diary.person)
    if offer is None:
        return
    diary.book(offer)
    if beside := world.seats.promise_beside(offer):
        diary.book(beside, "candidate-busy")
    second = _seat(world, diary.person)
    if second and (second.start >= offer.end or offer.start >= second.end):
        diary.book(second, "already-booked")


def _late_comer(world: World, diary: Diary) -> None:
    """Tries a seat of Saturday's when all are gone."""
    diary.book(world.rng.choice(world.hot), FULL)
    _settle(world, diary, _seat(world, diary.person))


def _hasty(world: World, diary: Diary) -> None:
    """Wants to talk at once."""
    diary.book(world.rng.choice(world.soon), "too-soon")
    _settle(world, diary, _seat(world, diary.person))


def _early(world: World, diary: Diary) -> None:
    """Plans months ahead."""
    diary.book(world.rng.choice(world.far), "too-far")
    _settle(world, diary, _seat(world, diary.person))


def _lost(world: World, diary: Diary) -> None:
    """Follows a link to nowhere."""
    diary.ask(
        "book-slot",
        {"slot_id": str(world.ids.of("nowhere")), "candidate_id": str(diary.person.candidate_id)},
        "unknown-slot",
    )
    _settle(world, diary, _seat(world, diary.person))


def _wrong_door(world: World, diary: Diary) -> None:
    """Tries a stage that is not open to them yet."""
    city_id = diary.person.city.city_id
    if offer := world.seats.promise(city_id, FINAL) or world.seats.promise(city_id, INTERVIEW):
        diary.book(offer, "stage-not-open")
    _settle(world, diary, _seat(world, diary.person))


def _restless(world: World, diary: Diary) -> None:
    """Moves once more than is allowed."""
    offers = [offer for _ in range(MAX_RESCHEDULES + 2) if (offer := _seat(world, diary.person))]
    if len(offers) < MAX_RESCHEDULES + 2 or len({offer.slot_id for offer in offers}) < len(offers):
        return
    booking_id = diary.book(offers[0])
    for offer in offers[1:-1]:
        diary.reschedule(booking_id, offer)
    diary.reschedule(booking_id, offers[-1], "too-many-reschedules")


def _regretful(world: World, diary: Diary) -> None:
    """Cancels, and wants the booking back at another time."""
    offer, other = _seat(world, diary.person), _seat(world, diary.person)
    if offer and other and offer.slot_id != other.slot_id:
        booking_id = diary.book(offer)
        diary.cancel(booking_id)
        diary.reschedule(booking_id, other, "booking-cancelled")
        diary.book(other)


def _seat(world: World, person: Person) -> Offer | None:
    return world.seats.promise(person.city.city_id, person.stage.stage_id)


def _settle(world: World, diary: Diary, offer: Offer | None) -> None:
    """Take the seat, and have plans change as often as they do."""
    if offer is None:
        return
    booking_id = diary.book(offer, times=2 if diary.person.number in world.resenders else 1)
    rate = CHANGES_NEXT_WEEK if offer.day < _WEEK else CHANGES_LATER
    if world.rng.random() < rate:
        _change_plans(world, diary, booking_id, offer)


def _change_plans(world: World, diary: Diary, booking_id: UUID, offer: Offer) -> None:
    other = _seat(world, diary.person)
    if other is None or other.slot_id == offer.slot_id:
        diary.cancel(booking_id)
        return
    match world.rng.choice(("move", "move", "give up", "begin anew")):
        case "move":
            diary.reschedule(booking_id, other)
        case "give up":
            diary.cancel(booking_id)
        case _:
            diary.cancel(booking_id)
            diary.book(other)


_PLAY = {
    "plain": _plain,
    "second-try": _second_try,
    "impatient": _impatient,
    "unfit": _unfit,
    "same-day": _same_day,
    "greedy": _greedy,
    "late-comer": _late_comer,
    "hasty": _hasty,
    "early": _early,
    "lost": _lost,
    "wrong-door": _wrong_door,
    "restless": _restless,
    "regretful": _regretful,
}
