"""Bookings over HTTP, from approval to outcome."""

import pytest

from tests.api.test_reading import shown
from tests.api.world import World

pytestmark = pytest.mark.usefixtures("app")


async def ids(world: World, status: str) -> list[str]:
    """List bookings by status."""
    page = (await shown(world, f"/v1/bookings?status={status}")).json()
    return [booking["booking_id"] for booking in page["items"]]


async def test_booking_that_needs_approval_is_listed_as_pending(world: World) -> None:
    """It is active once it is approved."""
    await world.stage("second", approval="required")
    booking_id = await world.booking(await world.slot(stage_id="second"), await world.candidate("second"))

    before = await ids(world, "pending"), await ids(world, "active")
    await world.do("approve-booking", {"booking_id": booking_id}, role="recruiter")
    after = await ids(world, "pending"), await ids(world, "active")

    assert (before, after) == (([booking_id], []), ([], [booking_id]))


async def test_declined_booking_frees_its_seat_and_says_why(world: World) -> None:
    """The slot is open again."""
    await world.stage("second", approval="required")
    slot_id = await world.slot(stage_id="second")
    booking_id = await world.booking(slot_id, await world.candidate("second"))

    await world.do("decline-booking", {"booking_id": booking_id, "reason": "wrong profile"}, role="recruiter")

    card = (await shown(world, f"/v1/bookings/{booking_id}")).json()
    slot = (await shown(world, f"/v1/slots/{slot_id}")).json()
    assert (card["status"], card["reason"], card["sequence"]) == ("declined", "wrong profile", 1)
    assert (slot["seats_left"], slot["status"]) == (1, "open")


async def test_answer_and_outcome_show_on_card_list_and_agenda(world: World) -> None:
    """What the candidate said, and what became of it; the candidate's card counts what they missed."""
    candidate_id = await world.candidate()
    booking_id = await world.booking(await world.slot(), candidate_id)
    await world.do("answer-attendance", {"booking_id": booking_id, "answer": "unsure"}, role="bot")
    said = (await shown(world, "/v1/bookings?status=active")).json()["items"][0]
    world.clock.forward(days=4)

    outcome = {"booking_id": booking_id, "outcome": "candidate-missed"}
    await world.do("record-attendance", outcome, role="recruiter")

    card = (await shown(world, f"/v1/bookings/{booking_id}")).json()
    agenda = (await shown(world, f"/v1/recruiters/{world.recruiter_id}/agenda")).json()
    candidate = (await shown(world, f"/v1/candidates/{candidate_id}")).json()
    assert (said["answer"], card["answer"]) == ("unsure", "unsure")
    assert (card["status"], card["basis"], card["late_minutes"]) == ("candidate-missed", "recorded", None)
    assert [guest["status"] for guest in agenda["items"][0]["bookings"]] == ["candidate-missed"]
    assert candidate["missed"] == 1


async def test_corrected_outcome_tells_why(world: World) -> None:
    """The card says what is so, and the reason of the correction."""
    candidate_id = await world.candidate()
    booking_id = await world.booking(await world.slot(), candidate_id)
    world.clock.forward(days=4)
    await world.do("record-attendance", {"booking_id": booking_id, "outcome": "candidate-missed"})

    corrected = {"booking_id": booking_id, "outcome": "attended", "late_minutes": 12, "reason": "was in another room"}
    await world.do("correct-outcome", corrected)

    card = (await shown(world, f"/v1/bookings/{booking_id}")).json()
    assert (card["status"], card["late_minutes"], card["correction"]) == ("attended", 12, "was in another room")
    assert (await shown(world, f"/v1/candidates/{candidate_id}")).json()["missed"] == 0
