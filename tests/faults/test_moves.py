"""Seats that change hands: cancelled, rebooked and rescheduled through two processes at once."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from operator import itemgetter
from uuid import uuid4

import pytest

from tests.support.checking import bound, broken_rule, disagreements
from tests.support.service import Answer, Scene, Sent, Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

RACES = [60, pytest.param(5_000, marks=pytest.mark.nightly)]
SWAPS_PER_SCENE = 60  # a booking may be rescheduled 1,000 times


def booking(slot_id: str, candidate_id: str) -> Sent:
    """Book a slot; the key is the booking's id."""
    key = str(uuid4())
    return Sent("book-slot", {"slot_id": slot_id, "candidate_id": candidate_id, "booking_id": key}, key)


def moving(booking_id: str, slot_id: str) -> Sent:
    """Reschedule a booking."""
    return Sent.new("reschedule-booking", booking_id=booking_id, to_slot_id=slot_id)


async def at_once(service: Service, *commands: Sent) -> list[Answer]:
    """Send commands at the same time, turn by turn to every process."""
    return await asyncio.gather(
        *(service.send(each, number % len(service.apis)) for number, each in enumerate(commands))
    )


def seats_taken(answers: Iterable[Answer]) -> int:
    """Count the bookings that were made and not cancelled, by what was answered alone."""
    written = Counter(event["type"] for answer in answers for event in answer.events)
    return written["SlotBooked"] - written["BookingCancelled"]


@pytest.mark.parametrize("races", RACES)
async def test_a_seat_that_is_cancelled_and_rebooked_is_taken_once(service: Service, scene: Scene, races: int) -> None:
    """Whoever asks after the race hears of a free seat if there is one, through either process."""
    answers: list[Answer] = []
    for _ in range(races):
        (slot_id,) = await scene.slots(1)
        holder, *others, last = await scene.candidates(5)
        held = await service.send(booking(slot_id, holder))
        cancelling = Sent.new("cancel-booking", booking_id=held.sent.key)

        race = [held, *await at_once(service, *(booking(slot_id, each) for each in others), cancelling)]
        taken = seats_taken(race)
        late = await service.send(booking(slot_id, last), to=1)

        assert {answer.outcome for answer in race} <= {"accepted", "slot-full"}, bound(races)
        assert late.outcome == ("slot-full" if taken else "accepted"), bound(races)
        answers += [*race, late]

    assert await broken_rule(service.url) is None, bound(races)
    assert await disagreements(service.url, answers) == [], bound(races)


@pytest.mark.parametrize("races", RACES)
async def test_bookings_that_want_each_others_slots_keep_one_each(service: Service, scene: Scene, races: int) -> None:
    """Two bookings want each other's slot and the one that is free: both stay booked, never in the same slot."""
    answers: list[Answer] = []
    for number in range(races):
        if number % SWAPS_PER_SCENE == 0:
            slots = await scene.slots(3)
            made = [
                await service.send(booking(slot_id, candidate_id))
                for slot_id, candidate_id in zip(slots, await scene.candidates(2), strict=False)
            ]
            held = {answer.sent.key: slot_id for answer, slot_id in zip(made, slots, strict=False)}
            answers += made

        wishes = [moving(booking_id, slot_id) for slot_id in slots for booking_id in held]
        race = await at_once(service, *wishes)
        moves = sorted((event["data"] for answer in race for event in answer.events), key=itemgetter("count"))
        held |= {each["booking_id"]: each["to_slot"]["slot_id"] for each in moves}

        assert {answer.outcome for answer in race} <= {"accepted", "slot-full"}, bound(races)
        assert len(set(held.values())) == len(held), bound(races)
        answers += race

    assert await broken_rule(service.url) is None, bound(races)
    assert await disagreements(service.url, answers) == [], bound(races)
