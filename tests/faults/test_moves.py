"""Seats that change hands: cancelled, rebooked and rescheduled through two processes at once."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.support.checking import bound
from tests.support.races import (
    about_booking,
    about_slot,
    arranged,
    booking,
    breach_in,
    check_log,
    get_to_know,
    outcomes,
    play,
    seats_taken,
    stages,
    written,
)
from tests.support.service import Answer, Scene, Sent, Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

RACES = [(10, 1), (5, 3), *(pytest.param(5_000, seats, marks=pytest.mark.nightly) for seats in (1, 3))]
RACES_PER_SCENE = 5  # a booking may be rescheduled 1,000 times
OTHERS = 3  # who want each seat


class Change(NamedTuple):
    """What was answered in a race for the seats of one slot, and to the one who came after it."""

    race: list[Answer]
    late: Answer


async def changes_of_hands(service: Service, scene: Scene, seats: int) -> list[Change]:
    """Cancel all bookings of a slot, twice, while three others want each seat; then let one more ask."""
    prepared = await stages(scene, RACES_PER_SCENE, seats, (1 + OTHERS) * seats + 1)
    return [await _change(service, seats, *each) for each in prepared]


async def _change(service: Service, seats: int, number: int, slot_id: str, people: list[str]) -> Change:
    *candidates, last = people
    held = await service.send_all([booking(slot_id, each) for each in candidates[:seats]])
    if number % 2 == 0:
        await get_to_know(service, [about_slot(slot_id), *(about_booking(answer.sent.key) for answer in held)])
    cancelling = [Sent.new("cancel-booking", booking_id=answer.sent.key) for answer in held for _ in service.apis]
    wishes = [booking(slot_id, each) for each in candidates[seats:]]

    race = [*held, *await service.send_at_once(arranged([*cancelling, *wishes], number))]

    return Change(race, await service.send(booking(slot_id, last), number % len(service.apis)))


@pytest.mark.parametrize(("number", "seats"), RACES)
async def test_a_seat_that_is_cancelled_and_rebooked_is_taken_once(
    service: Service, tell: Callable[[str], None], number: int, seats: int
) -> None:
    """Whoever asks after the race hears of a free seat if there is one, through either process."""
    changes = await play(service, number, lambda scene: changes_of_hands(service, scene, seats))

    answers = [answer for change in changes for answer in (*change.race, change.late)]
    unheard = [each for each in changes if (each.late.outcome == "accepted") != (seats_taken(each.race) < seats)]
    assert unheard == [], bound(number)
    assert set(outcomes(answers)) == {"accepted", "slot-full"}, bound(number)
    await check_log(service, answers, number)
    tell(f"cancel/rebook, {seats} of {(1 + OTHERS) * seats}: {bound(number)}")


async def swaps(service: Service, scene: Scene, seats: int) -> list[list[Answer]]:
    """Race all bookings of two slots for each other's slot and a third that is free, again and again."""
    slots = await scene.slots(3, seats)
    candidates = await scene.candidates(2 * seats)
    booked = await service.send_all([booking(slots[n % 2], each) for n, each in enumerate(candidates)])
    ran = [booked]
    for number in range(RACES_PER_SCENE):
        if number % 2 == 0:
            await get_to_know(service, map(about_slot, slots))
        moves = [
            Sent.new("reschedule-booking", booking_id=answer.sent.key, to_slot_id=slot_id)
            for slot_id in slots
            for answer in booked
        ]
        ran.append(await service.send_at_once(moves))
    return ran[1:]


@pytest.mark.parametrize(("number", "seats"), RACES)
async def test_bookings_that_want_each_others_slots_keep_one_each(
    service: Service, tell: Callable[[str], None], number: int, seats: int
) -> None:
    """All stay booked, never more in a slot than it has seats, and somebody moves in every race."""
    ran = await play(service, number, lambda scene: swaps(service, scene, seats))

    answers = [answer for race in ran for answer in race]
    assert set(outcomes(answers)) == {"accepted", "slot-full"}, bound(number)
    assert [race for race in ran if not written(race, "BookingRescheduled", "booking_id")] == [], bound(number)
    await check_log(service, answers, number)
    tell(f"reschedule/reschedule, {seats} seats: {bound(number)}")


async def test_without_the_conflict_check_a_booking_is_cancelled_twice(sabotaged: Service) -> None:
    """A log that writes all that was decided cancels a booking through both processes, and gives its seat twice."""
    scene = await Scene.open(sabotaged)

    await changes_of_hands(sabotaged, scene, 1)

    assert await breach_in(scene, sabotaged) == "closed bookings change no more"


async def test_without_the_conflict_check_bookings_move_onto_each_other(sabotaged: Service) -> None:
    """A log that writes all that was decided lets two move to one seat, or one move from where they are no longer."""
    scene = await Scene.open(sabotaged)

    await swaps(sabotaged, scene, 1)

    assert await breach_in(scene, sabotaged) in {"seats within capacity", "only a seat that is held comes free"}
