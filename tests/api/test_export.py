"""Everything that is held about a person, over HTTP."""

from uuid import uuid4

import pytest

from commands.actor import Role
from tests.api.test_sealed import CANARY, PHONE, registered
from tests.api.world import World


async def test_everything_about_a_person_is_told(world: World) -> None:
    """What happened, with opened fields; what was asked for, and refused; the rows that show it; nothing of others."""
    candidate_id, other = await registered(world), await world.candidate()
    slot_id = await world.slot()
    booking_id = await world.booking(slot_id, candidate_id)
    refused = await world.send("advance-candidate", {"candidate_id": candidate_id, "to_stage": "nowhere"})

    answer = await world.get(f"/v1/candidates/{candidate_id}/export?min_position={world.position}")

    held = answer.json()
    assert refused.status_code == 404
    assert answer.headers["cache-control"] == "no-store"
    assert [each["type"] for each in held["events"]] == ["CandidateRegistered", "SlotBooked"]
    assert (held["events"][0]["data"]["name"], held["events"][0]["data"]["phone"]) == (CANARY, PHONE)
    assert [(each["name"], each["outcome"]) for each in held["commands"]] == [
        ("register-candidate", "accepted"),
        ("book-slot", "accepted"),
        ("advance-candidate", "unknown-stage"),
    ]
    assert [row["name"] for row in held["read_models"]["candidates_v4.candidate"]] == [CANARY]
    assert [row["booking_id"] for row in held["read_models"]["bookings_v2.booking"]] == [booking_id]
    assert other not in answer.text


async def test_it_can_be_read_by_people(world: World) -> None:
    """As a page of HTML, in which no value can be anything but text."""
    body = {"name": "<script>alert(1)</script>", "city_id": "rome", "stage_id": "first", "locale": "pl"}
    reply = await world.do("register-candidate", body)

    answer = await world.get(f"/v1/candidates/{reply['candidate_id']}/export?format=html&min_position={world.position}")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "<script" not in answer.text
    assert "CandidateRegistered" in answer.text


async def test_of_who_was_erased_only_what_stays_is_told(world: World) -> None:
    """Ids and what happened; no name."""
    candidate_id = await registered(world)
    await world.do("erase-candidate", {"candidate_id": candidate_id, "reason": "asked for it"})

    answer = await world.get(f"/v1/candidates/{candidate_id}/export?min_position={world.position}")

    assert [each["type"] for each in answer.json()["events"]] == ["CandidateRegistered", "CandidateErased"]
    assert CANARY not in answer.text
    assert PHONE not in answer.text


async def test_nobody_unknown_is_exported(world: World) -> None:
    """There is nothing to tell."""
    answer = await world.get(f"/v1/candidates/{uuid4()}/export")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-candidate")


@pytest.mark.parametrize("role", ["recruiter", "bot", "auditor", "analyst"])
async def test_admins_alone_export(world: World, role: Role) -> None:
    """Nobody else sees all of it at once."""
    assert (await world.get(f"/v1/candidates/{uuid4()}/export", role=role)).status_code == 403
