"""Seats that change hands: cancelled, rebooked and rescheduled through two processes at once."""

from collections import Counter
from collections.abc import Iterable
from uuid import uuid4

import pytest

from tests.support.checking import bound, broken_rule, disagreements
from tests.support.service import Answer, Scene, Sent, Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

RACES = [40, pytest.param(5_000, marks=pytest.mark.nightly)]
RACES_PER_SCENE = 20  # a booking may be rescheduled 1,000 times


def booking(slot_id: str, candidate_id: str) -> Sent:
    """Book a slot; the key is the booking's id."""
    key = str(uuid4())
    return Sent("book-slot", {"slot_id": slot_id, "candidate_id": candidate_id, "booking_id": key}, key)


def moving(booking_id: str, slot_id: str) -> Sent:
    """Reschedule a booking."""
    return Sent.new("reschedule-booking", booking_id=booking_id, to_slot_id=slot_id)


def seats_taken(answers: Iterable[Answer]) -> int:
    """Count the bookings that were made and not cancelled, by what was answered alone."""
    written = Counter(event["type"] for answer in answers for event in answer.events)
    return written["SlotBooked"] - written["BookingCancelled"]


async def changes_of_hands(service: Service, scene: Scene) -> list[Answer]:
    """Cancel a booking while three others want its seat; then let one more ask the process that did not cancel."""
    (slot_id,) = await scene.slots(1)
    holder, *others, last = await scene.candidates(5)
    held = await service.send(booking(slot_id, holder))
    cancelling = Sent.new("cancel-booking", booking_id=held.sent.key)

    race = [held, *await service.send_at_once([*(booking(slot_id, each) for each in others), cancelling])]
    late = await service.send(booking(slot_id, last))

    assert late.outcome == ("slot-full" if seats_taken(race) else "accepted")
    return [*race, late]


@pytest.mark.parametrize("races", RACES)
async def test_a_seat_that_is_cancelled_and_rebooked_is_taken_once(service: Service, races: int) -> None:
    """Whoever asks after the race hears of a free seat if there is one, through either process."""
    answers: list[Answer] = []
    for _ in range(races // RACES_PER_SCENE):
        scene = await Scene.open(service)
        for _ in range(RACES_PER_SCENE):
            answers += await changes_of_hands(service, scene)

    assert {answer.outcome for answer in answers} == {"accepted", "slot-full"}, bound(races)
    assert await broken_rule(service.url) is None, bound(races)
    assert await disagreements(service.url, answers) == [], bound(races)


async def swaps(service: Service, scene: Scene) -> list[Answer]:
    """Race two bookings for each other's slot and a third that is free, again and again from where they are then."""
    slots = await scene.slots(3)
    pairs = zip(slots, await scene.candidates(2), strict=False)
    answers = [await service.send(booking(slot_id, candidate_id)) for slot_id, candidate_id in pairs]
    bookings = [answer.sent.key for answer in answers]
    for _ in range(RACES_PER_SCENE):
        answers += await service.send_at_once(moving(each, slot_id) for slot_id in slots for each in bookings)
    return answers


@pytest.mark.parametrize("races", RACES)
async def test_bookings_that_want_each_others_slots_keep_one_each(service: Service, races: int) -> None:
    """Both stay booked, never in the same slot, and somebody moves in every race."""
    answers: list[Answer] = []
    for _ in range(races // RACES_PER_SCENE):
        answers += await swaps(service, await Scene.open(service))

    moves = Counter(event["type"] for answer in answers for event in answer.events)
    assert {answer.outcome for answer in answers} == {"accepted", "slot-full"}, bound(races)
    assert moves["BookingRescheduled"] >= races, bound(races)
    assert await broken_rule(service.url) is None, bound(races)
    assert await disagreements(service.url, answers) == [], bound(races)
