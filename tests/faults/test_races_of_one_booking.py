"""A pending booking that is approved, declined and cancelled through two processes at once has one end."""

from collections import Counter
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
    play,
    stages,
    story,
)
from tests.support.service import Answer, Scene, Sent, Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

APPROVE, DECLINE, CANCEL = "approve-booking", "decline-booking", "cancel-booking"
STORIES = {
    (APPROVE, CANCEL): {"BookingApproved, BookingCancelled", "BookingCancelled, approve-booking: booking-cancelled"},
    (DECLINE, CANCEL): {
        "BookingDeclined, cancel-booking: booking-closed",
        "BookingCancelled, decline-booking: booking-cancelled",
    },
    (APPROVE, DECLINE): {
        "BookingApproved, decline-booking: already-approved",
        "BookingDeclined, approve-booking: booking-closed",
    },
}
STRANGERS = {"SlotBooked", "book-slot: slot-full"}
FIELDS = {DECLINE: {"reason": "Another time suits us better."}}
RACES = [(4, 1), *(pytest.param(2_500, seats, marks=pytest.mark.nightly) for seats in (1, 3))]
RACES_PER_SCENE = 4

Pair = tuple[str, str]


class Duel(NamedTuple):
    """What became of the bookings of one slot, each told for itself, and of one who wanted a seat meanwhile."""

    answers: list[Answer]
    stories: list[str]
    stranger: str


async def duels(service: Service, scene: Scene, pair: Pair, seats: int) -> list[Duel]:
    """Race both commands for each booking of a full slot, and one more candidate who wants a seat."""
    return [await _duel(service, pair, *each) for each in await stages(scene, RACES_PER_SCENE, seats, seats + 1)]


async def _duel(service: Service, pair: Pair, number: int, slot_id: str, people: list[str]) -> Duel:
    *candidates, stranger = people
    booked = await service.send_all([booking(slot_id, each) for each in candidates])
    ids = [answer.sent.key for answer in booked]
    if number % 2 == 0:
        await get_to_know(service, [about_slot(slot_id), *map(about_booking, ids)])
    commands = [Sent.new(name, booking_id=each, **FIELDS.get(name, {})) for each in ids for name in pair]

    answers = await service.send_at_once(arranged([*commands, booking(slot_id, stranger)], number))

    of = {each: [answer for answer in answers if answer.sent.body["booking_id"] == each] for each in ids}
    seeking = [answer for answer in answers if answer.sent.name == "book-slot"]
    return Duel([*booked, *answers], [story(of[each]) for each in ids], story(seeking))


@pytest.mark.parametrize("pair", STORIES, ids=" and ".join)
@pytest.mark.parametrize(("number", "seats"), RACES)
async def test_a_pending_booking_has_one_end(
    service: Service, tell: Callable[[str], None], pair: Pair, number: int, seats: int
) -> None:
    """Whoever comes second is told what stands by then, and the log holds one end alone."""
    fought = await play(service, number, lambda scene: duels(service, scene, pair, seats), approval="required")

    stories = Counter(each for duel in fought for each in duel.stories)
    assert set(stories) <= STORIES[pair], bound(number)
    assert {duel.stranger for duel in fought} <= STRANGERS, bound(number)
    await check_log(service, [answer for duel in fought for answer in duel.answers], number)
    tell(f"{' against '.join(pair)}, {seats} seats: {bound(number)}; {dict(stories)}")


async def test_without_the_conflict_check_a_booking_has_two_ends(sabotaged: Service) -> None:
    """A log that writes all that was decided lets a booking be declined and cancelled."""
    scene = await Scene.open(sabotaged, approval="required")

    fought = await duels(sabotaged, scene, (DECLINE, CANCEL), 1)

    assert not {each for duel in fought for each in duel.stories} <= STORIES[DECLINE, CANCEL]
    assert await breach_in(scene, sabotaged) == "closed bookings change no more"
