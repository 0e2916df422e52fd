"""Seats over HTTP: booked, held for a while, and left."""

import pytest

from tests.api.test_reading import shown
from tests.api.world import World

pytestmark = pytest.mark.usefixtures("app")


async def seats(world: World, slot_id: str) -> tuple[int, int, int, str]:
    """Read the seats from the card of a slot."""
    card = (await shown(world, f"/v1/slots/{slot_id}")).json()
    return card["booked"], card["held"], card["seats_left"], card["status"]


async def listed(world: World, status: str) -> list[str]:
    """List slots."""
    return [slot["slot_id"] for slot in (await shown(world, f"/v1/slots?status={status}")).json()["items"]]


async def test_held_seat_is_not_offered_until_its_hold_ends_by_the_clock(world: World) -> None:
    """Nothing is written when a hold runs out, and yet the seat is there again at that moment."""
    slot_id = await world.slot()
    await world.do("hold-slot", {"slot_id": slot_id, "candidate_id": await world.candidate()}, role="bot")

    before = await seats(world, slot_id), await listed(world, "open"), await listed(world, "full")
    world.clock.forward(minutes=11)
    after = await seats(world, slot_id), await listed(world, "open"), await listed(world, "full")

    assert before == ((0, 1, 0, "full"), [], [slot_id])
    assert after == ((0, 0, 1, "open"), [slot_id], [])


async def test_seat_that_is_held_is_counted_once_when_it_is_booked(world: World) -> None:
    """The hold is used up by the booking."""
    slot_id, candidate_id = await world.slot(capacity=3), await world.candidate()
    asked = {"slot_id": slot_id, "candidate_id": candidate_id}
    hold = await world.do("hold-slot", asked, role="bot")

    await world.do("book-slot", {**asked, "hold_id": hold["hold_id"]}, role="bot")

    assert await seats(world, slot_id) == (1, 0, 2, "open")


async def test_closed_slot_is_listed_as_closed_with_the_reason(world: World) -> None:
    """It has seats, and takes nobody in."""
    slot_id = await world.slot(capacity=2)
    await world.do("close-slot", {"slot_id": slot_id, "reason": "strike"})

    card = (await shown(world, f"/v1/slots/{slot_id}")).json()

    assert (card["status"], card["reason"], card["seats_left"]) == ("closed", "strike", 2)
    assert (await listed(world, "open"), await listed(world, "closed")) == ([], [slot_id])


async def test_capacity_that_changes_shows(world: World) -> None:
    """A full slot with more seats is open again."""
    slot_id = await world.slot()
    await world.booking(slot_id, await world.candidate())

    await world.do("change-slot-capacity", {"slot_id": slot_id, "capacity": 2})

    assert await seats(world, slot_id) == (1, 0, 1, "open")


async def test_agenda_shows_holds_closed_slots_and_absences(world: World) -> None:
    """All that a recruiter has to know of their day."""
    held, closed = await world.slot(capacity=2), await world.slot()
    await world.do("hold-slot", {"slot_id": held, "candidate_id": await world.candidate()}, role="bot")
    await world.do("close-slot", {"slot_id": closed, "reason": "strike"})
    away = {"recruiter_id": world.recruiter_id, "from": "2040-01-01T00:00:00Z", "to": "2040-01-02T00:00:00Z"}
    await world.do("record-absence", {**away, "reason": "holiday"})

    agenda = (await shown(world, f"/v1/recruiters/{world.recruiter_id}/agenda", role="recruiter")).json()
    sooner = (await shown(world, f"/v1/recruiters/{world.recruiter_id}/agenda?to=2039-12-31T00:00:00Z")).json()
    card = (await shown(world, f"/v1/recruiters/{world.recruiter_id}")).json()

    assert [(each["held"], each["seats_left"], each["status"], each["reason"]) for each in agenda["items"]] == [
        (1, 1, "open", None),
        (0, 1, "closed", "strike"),
    ]
    absence = {"from": "2040-01-01T00:00:00Z", "to": "2040-01-02T00:00:00Z", "reason": "holiday"}
    assert (agenda["absences"], sooner["absences"], card["absences"]) == ([absence], [], [absence])
