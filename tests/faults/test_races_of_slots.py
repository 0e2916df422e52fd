"""Slots that are cancelled, closed and made smaller while others book them, through two processes at once."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.support.checking import bound
from tests.support.races import (
    about_slot,
    arranged,
    booking,
    breach_in,
    check_log,
    get_to_know,
    holding,
    outcomes,
    play,
    send_to,
    stages,
    written,
)
from tests.support.service import Answer, Scene, Sent, Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

RACES = [(4, 1), (4, 3), *(pytest.param(2_500, seats, marks=pytest.mark.nightly) for seats in (1, 3))]
RACES_PER_SCENE = 4
REASON = "The room is being painted."


class Withdrawal(NamedTuple):
    """What was answered to those who had seats before, to all at once, and to those who came late."""

    before: list[Answer]
    race: list[Answer]
    late: list[Answer]

    @property
    def answers(self) -> list[Answer]:
        """All of it."""
        return [*self.before, *self.race, *self.late]


async def withdrawals(service: Service, scene: Scene, name: str, seats: int, **fields: object) -> list[Withdrawal]:
    """Change slots that have one seat left, through each process, while three book and one holds; then two ask."""
    prepared = await stages(scene, RACES_PER_SCENE, seats, seats + 5)
    return [await _withdrawal(service, Sent.new(name, **fields), *each) for each in prepared]


async def _withdrawal(service: Service, change: Sent, number: int, slot_id: str, people: list[str]) -> Withdrawal:
    *seated, first, second, third, holder, one, other = people
    taking = (holding, booking)
    before = await service.send_all([taking[n % 2](slot_id, each) for n, each in enumerate(seated)])
    if number % 2 == 0:
        await get_to_know(service, [about_slot(slot_id)])
    wishes = [booking(slot_id, each) for each in (first, second, third)]
    changes = [Sent.new(change.name, slot_id=slot_id, **change.body) for _ in service.apis]

    race = await service.send_at_once(arranged([*wishes[:2], *changes, wishes[2], holding(slot_id, holder)], number))

    return Withdrawal(before, race, await send_to(service, [(booking(slot_id, one), 0), (booking(slot_id, other), 1)]))


@pytest.mark.parametrize(("number", "seats"), RACES)
async def test_nobody_sits_in_a_cancelled_slot(
    service: Service, tell: Callable[[str], None], number: int, seats: int
) -> None:
    """The slot is cancelled once, and with it every booking and every hold that was accepted: none is lost."""
    ran = await play(service, number, lambda scene: withdrawals(service, scene, "cancel-slot", seats, reason=REASON))

    made = [sorted(written(each.answers, "SlotBooked", "booking_id")) for each in ran]
    held = [sorted(written(each.answers, "SlotHeld", "hold_id")) for each in ran]
    told = Counter(answer.outcome for each in ran for answer in each.race)
    assert [sorted(written(each.answers, "BookingCancelled", "booking_id")) for each in ran] == made, bound(number)
    assert [sorted(written(each.answers, "HoldReleased", "hold_id")) for each in ran] == held, bound(number)
    assert {len(written(each.race, "SlotCancelled", "slot_id")) for each in ran} == {1}, bound(number)
    assert set(told) <= {"accepted", "slot-full", "slot-cancelled"}, bound(number)
    assert {answer.outcome for each in ran for answer in each.late} == {"slot-cancelled"}, bound(number)
    await check_log(service, [answer for each in ran for answer in each.answers], number)
    tell(f"cancel slot/book, {seats} seats: {bound(number)}; {dict(told)}")


@pytest.mark.parametrize(("number", "seats"), RACES)
async def test_nobody_comes_into_a_closed_slot(
    service: Service, tell: Callable[[str], None], number: int, seats: int
) -> None:
    """The slot is closed once; who was in stays, and after that nobody comes in."""
    ran = await play(service, number, lambda scene: withdrawals(service, scene, "close-slot", seats, reason=REASON))

    told = Counter(answer.outcome for each in ran for answer in each.race)
    assert {_last_change(each) for each in ran} == {"SlotClosed"}, bound(number)
    assert {len(written(each.race, "SlotClosed", "slot_id")) for each in ran} == {1}, bound(number)
    assert set(told) <= {"accepted", "slot-full", "slot-closed"}, bound(number)
    assert {answer.outcome for each in ran for answer in each.late} == {"slot-closed"}, bound(number)
    await check_log(service, [answer for each in ran for answer in each.answers], number)
    tell(f"close slot/book, {seats} seats: {bound(number)}; {dict(told)}")


@pytest.mark.parametrize(("number", "seats"), RACES)
async def test_a_seat_is_taken_away_or_taken(
    service: Service, tell: Callable[[str], None], number: int, seats: int
) -> None:
    """Of three seats with two taken the third goes to one who wants it, or away; with seats added, all are had."""
    wanted = {1: 3, 3: 2}[seats]

    ran = await play(
        service, number, lambda scene: withdrawals(service, scene, "change-slot-capacity", seats, capacity=wanted)
    )

    free = [_capacity(each, seats) - _taken(each.before + each.race) for each in ran]
    told = Counter(answer.outcome for each in ran for answer in each.race)
    assert min(free) >= 0, bound(number)
    assert [outcomes(each.late)["accepted"] for each in ran] == [min(left, 2) for left in free], bound(number)
    assert set(told) <= {"accepted", "slot-full", "capacity-below-booked"}, bound(number)
    await check_log(service, [answer for each in ran for answer in each.answers], number)
    tell(f"change capacity from {seats} to {wanted}/book: {bound(number)}; {dict(told)}")


def _last_change(withdrawal: Withdrawal) -> str:
    events = [event for answer in withdrawal.answers for event in answer.events]
    return str(max(events, key=lambda event: int(event["position"]))["type"])


def _capacity(withdrawal: Withdrawal, before: int) -> int:
    changed = written(withdrawal.race, "SlotCapacityChanged", "to")
    return int(changed[0]) if changed else before


def _taken(answers: list[Answer]) -> int:
    return len(written(answers, "SlotBooked", "booking_id") + written(answers, "SlotHeld", "hold_id"))


async def test_without_the_conflict_check_somebody_sits_in_a_cancelled_slot(sabotaged: Service) -> None:
    """A log that writes all that was decided cancels a slot without those who just came in, and books what is gone."""
    scene = await Scene.open(sabotaged)

    ran = await withdrawals(sabotaged, scene, "cancel-slot", 1, reason=REASON)

    assert {len(written(each.race, "SlotCancelled", "slot_id")) for each in ran} != {1}
    assert await breach_in(scene, sabotaged) in {
        "nobody sits in a cancelled slot",
        "a slot changes from what it is",
        "seats are in slots on offer",
        "seats within capacity",
    }
