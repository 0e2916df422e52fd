"""Candidates over HTTP: their stages, and everything that happened to them."""

from uuid import uuid4

import pytest

from tests.api.test_reading import shown
from tests.api.world import CITY, STAGE, World

pytestmark = pytest.mark.usefixtures("app")


async def test_stage_lists_its_candidates_longest_there_first(world: World) -> None:
    """Who advances goes to the end of the next stage."""
    await world.stage("second")
    first, second, third = await world.candidate(), await world.candidate("second"), await world.candidate()
    await world.do("advance-candidate", {"candidate_id": first, "to_stage": "second"})

    async def ids(query: str) -> list[str]:
        return [each["candidate_id"] for each in (await shown(world, f"/v1/candidates?{query}")).json()["items"]]

    assert await ids("stage_id=second") == [second, first]
    assert await ids(f"stage_id={STAGE}&city_id={CITY}") == [third]
    assert await ids("city_id=nowhere") == []


async def test_board_counts_by_stage_and_status(world: World) -> None:
    """Who left the process is counted where they stood; a stage without candidates is on the board too."""
    await world.stage("second")
    rejected, withdrawn = await world.candidate(), await world.candidate()
    await world.candidate()
    await world.do("reject-candidate", {"candidate_id": rejected, "reason": "no licence"})
    await world.do("withdraw-candidate", {"candidate_id": withdrawn})

    board = (await shown(world, f"/v1/board?city_id={CITY}")).json()["items"]
    everywhere = (await shown(world, "/v1/board")).json()["items"]
    elsewhere = (await shown(world, "/v1/board?city_id=nowhere")).json()["items"]

    assert board == everywhere
    assert [(each["stage"]["id"], each["active"], each["rejected"], each["withdrawn"]) for each in board] == [
        (STAGE, 1, 1, 1),
        ("second", 0, 0, 0),
    ]
    assert [each["active"] for each in elsewhere] == [0, 0]
    listed = (await shown(world, "/v1/candidates?status=rejected")).json()["items"]
    assert [each["candidate_id"] for each in listed] == [rejected]


async def test_card_shows_status_contact_holds_waits_and_voided_results(world: World) -> None:
    """The card of a candidate is all that is known of where they stand."""
    await world.test("logic")
    candidate_id, slot_id = await world.candidate(), await world.slot()
    await world.do("record-test-result", {"candidate_id": candidate_id, "test_id": "logic", "score": 7})
    tested = (await shown(world, f"/v1/candidates/{candidate_id}")).json()["results"][0]
    void = {"candidate_id": candidate_id, "test_id": "logic", "taken_at": tested["taken_at"], "reason": "cheated"}
    await world.do("void-test-result", void)
    await world.do("change-contact", {"candidate_id": candidate_id, "email": "grace@example.org"})
    waits = {"candidate_id": candidate_id, "city_id": CITY, "stage_id": STAGE}
    await world.do("join-waitlist", waits, role="bot")
    await world.do("hold-slot", {"slot_id": slot_id, "candidate_id": candidate_id}, role="bot")

    card = (await shown(world, f"/v1/candidates/{candidate_id}")).json()
    world.clock.forward(minutes=11)
    later = (await shown(world, f"/v1/candidates/{candidate_id}")).json()

    assert (card["status"], card["missed"], card["name"], card["email"]) == ("active", 0, "Grace", "grace@example.org")
    assert (card["results"], [each["reason"] for each in card["voided"]]) == ([], ["cheated"])
    assert [(each["city_id"], each["stage_id"]) for each in card["waits"]] == [(CITY, STAGE)]
    assert [each["slot_id"] for each in card["holds"]] == [slot_id]
    assert later["holds"] == []


async def test_timeline_tells_what_happened_by_whom_and_why(world: World) -> None:
    """Events are in order, newest last, and personal data is not among them."""
    candidate_id = await world.candidate()
    booking_id = await world.booking(await world.slot(), candidate_id)
    await world.do("cancel-booking", {"booking_id": booking_id, "reason": "ill"}, role="bot")

    told = (await world.get(f"/v1/candidates/{candidate_id}/timeline", role="recruiter")).json()

    assert [(each["type"], each["actor"], each["reason"]) for each in told["items"]] == [
        ("CandidateRegistered", "admin:the admin", None),
        ("SlotBooked", "bot:the bot", None),
        ("BookingCancelled", "bot:the bot", "ill"),
    ]
    assert told["items"][0]["data"]["name"] == "[redacted]"
    assert "Grace" not in str(told)
    assert told["next_cursor"] is None


async def test_timeline_is_read_in_pages(world: World) -> None:
    """A cursor leads on from the last event, also to those that came after."""
    candidate_id = await world.candidate()
    path = f"/v1/candidates/{candidate_id}/timeline"
    slots = [await world.slot() for _ in range(2)]
    booking_id = await world.booking(slots[0], candidate_id)
    await world.do("reschedule-booking", {"booking_id": booking_id, "to_slot_id": slots[1]}, role="bot")

    first = (await world.get(f"{path}?limit=2")).json()
    await world.do("cancel-booking", {"booking_id": booking_id}, role="bot")
    second = (await world.get(f"{path}?limit=2&cursor={first['next_cursor']}")).json()

    assert [each["type"] for each in [*first["items"], *second["items"]]] == [
        "CandidateRegistered",
        "SlotBooked",
        "BookingRescheduled",
        "BookingCancelled",
    ]
    assert second["next_cursor"] is None


async def test_timeline_that_one_has_is_not_sent_again(world: World) -> None:
    """Its ETag brings 304 until something happens."""
    candidate_id = await world.candidate()
    path = f"/v1/candidates/{candidate_id}/timeline"
    first = await world.get(path)

    again = await world.get(path, If_None_Match=first.headers["ETag"])
    await world.do("withdraw-candidate", {"candidate_id": candidate_id})
    changed = await world.get(path, If_None_Match=first.headers["ETag"])

    assert (first.status_code, again.status_code, changed.status_code) == (200, 304, 200)


async def test_timeline_of_nobody_is_not_found_and_a_made_up_cursor_refused(world: World) -> None:
    """As for every card and list."""
    nobody = await world.get(f"/v1/candidates/{uuid4()}/timeline")
    made_up = await world.get(f"/v1/candidates/{uuid4()}/timeline?cursor=%C2%B2")

    assert (nobody.status_code, nobody.json()["code"]) == (404, "unknown-candidate")
    assert (made_up.status_code, made_up.json()["code"]) == (400, "invalid-cursor")
