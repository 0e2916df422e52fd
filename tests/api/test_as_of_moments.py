"""Which moments there are to ask about, for whom, and what belongs to one of them."""

from datetime import timedelta
from unittest.mock import AsyncMock
from urllib.parse import quote
from uuid import uuid4

import pytest

from api.as_of import AS_OF
from projections import replaying
from projections.past import Busy, Past
from tests.api.test_reading import shown
from tests.api.world import STAGE, World


async def test_time_goes_back_with_the_log(world: World) -> None:
    """A hold that has run out since is live again as of a position, and as of a time until which it lasted."""
    await world.stage(STAGE, hold_minutes=10)
    slot_id, candidate_id = await world.slot(), await world.candidate()
    await world.do("hold-slot", {"slot_id": slot_id, "candidate_id": candidate_id})
    within, over = (world.clock() + timedelta(minutes=each) for each in (9, 11))
    world.clock.forward(hours=1)

    held = {
        as_of: (await world.get(f"/v1/slots/{slot_id}?as_of={quote(as_of)}")).json()["held"]
        for as_of in (str(world.position), within.isoformat(), over.isoformat())
    }

    assert list(held.values()) == [1, 1, 0]
    assert (await shown(world, f"/v1/slots/{slot_id}")).json()["held"] == 0


async def test_past_is_told_in_pages_that_belong_together(world: World) -> None:
    """A cursor is one of the list as of one position; the answer names that, has a tag, and is not told again."""
    slots = [await world.slot() for _ in range(5)]
    then = world.position
    await world.do("cancel-slot", {"slot_id": slots[1], "reason": "ill"})
    asked = "/v1/slots?limit=2"

    first = await world.get(f"{asked}&as_of={then}")
    cursor = first.json()["next_cursor"]
    second = await world.get(f"{asked}&as_of={then}&cursor={cursor}")
    third = await world.get(f"{asked}&as_of={then}&cursor={second.json()['next_cursor']}")
    again = await world.get(f"{asked}&as_of={then}", If_None_Match=first.headers["ETag"])
    others = [await world.get(f"{asked}&cursor={cursor}{each}") for each in ("", f"&as_of={world.position}")]

    told = [slot["slot_id"] for page in (first, second, third) for slot in page.json()["items"]]
    assert (told, third.json()["next_cursor"]) == (slots, None)
    assert {page.headers["Daybook-Position"] for page in (first, second, third)} == {str(then)}
    assert (again.status_code, again.content) == (304, b"")
    assert [each.json()["code"] for each in others] == ["invalid-cursor"] * 2


async def test_timeline_ends_then(world: World) -> None:
    """What happened to a candidate later is not told, nor is a candidate who came later."""
    candidate_id = await world.candidate()
    then = world.position
    await world.do("reject-candidate", {"candidate_id": candidate_id, "reason": "no reply"})
    path = f"/v1/candidates/{candidate_id}/timeline"

    told = await world.get(f"{path}?as_of={then}")
    before = await world.get(f"{path}?as_of={then - 1}")

    assert [each["type"] for each in told.json()["items"]] == ["CandidateRegistered"]
    assert told.headers["Daybook-Position"] == str(then)
    assert (before.status_code, before.json()["code"]) == (404, "unknown-candidate")


async def test_past_is_for_those_who_audit_and_for_recruiters_their_own(world: World) -> None:
    """Whoever else may read what is may not read what was."""
    other = await world.beside()
    mine, theirs = [await each.booking(await each.slot(), await each.candidate()) for each in (world, other)]
    as_of = f"?as_of={world.position + 100}"  # who may not ask is told so first
    then = f"?as_of={other.position}"

    bot = {
        (await world.get(f"{path}{as_of}", role="bot")).status_code for path in ("/v1/slots", f"/v1/bookings/{mine}")
    }
    recruiter = [
        (await world.get(f"{path}{then}", role="recruiter")).status_code
        for path in (
            f"/v1/bookings/{mine}",
            "/v1/bookings",
            f"/v1/recruiters/{world.recruiter_id}/agenda",
            f"/v1/bookings/{theirs}",
            f"/v1/recruiters/{other.recruiter_id}/agenda",
            "/v1/slots",
            "/v1/cities",
        )
    ]

    assert bot == {403}
    assert recruiter == [200, 200, 200, 403, 403, 403, 403]


async def test_moment_has_to_be_one_that_has_been(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first event there is nothing; what is to come, is no moment, or takes too long is refused."""
    head, tomorrow = world.position, (world.clock() + timedelta(days=1)).isoformat()
    answered = {
        as_of: await world.get(f"/v1/cities?as_of={quote(as_of)}", role="auditor")
        for as_of in (
            "0",
            "2001-02-03T04:05:06Z",
            str(head),
            str(head + 1),
            tomorrow,
            "yesterday",
            "",
            "-1",
            "9" * 5_000,
        )
    }
    encoded = await world.get("/v1/cities?as%5Fof=0")
    unknown = await world.get(f"/v1/candidates/{uuid4()}?as_of={head}")
    untold = await world.get(f"/v1/refusals?as_of={head}")
    monkeypatch.setattr(replaying, "MOST_EVENTS", 2)
    long = [await world.get(f"{path}?as_of={head}") for path in ("/v1/slots", "/v1/cities")]
    monkeypatch.setattr(Past, "ask", AsyncMock(side_effect=Busy))
    busy = await world.get("/v1/cities?as_of=1")

    statuses = [response.status_code for response in answered.values()]
    assert statuses == [200, 200, 200, 400, 400, 400, 400, 400, 400]
    assert {each.json()["facts"]["field"] for each in answered.values() if each.status_code == 400} == {AS_OF}
    assert [len(each.json()["items"]) for each in [*answered.values()][:3]] == [0, 0, 1]
    assert encoded.json()["items"] == []
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown-candidate")
    assert (untold.status_code, untold.json()["facts"]["field"]) == (400, AS_OF)
    assert [(each.status_code, each.json()["code"]) for each in long] == [(422, "as-of-too-long")] * 2
    assert (busy.status_code, busy.json()["code"], busy.headers["Retry-After"]) == (503, "busy", "1")
