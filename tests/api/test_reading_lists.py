"""Lists over HTTP: filters, cursors, and what they refuse."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.test_reading import shown
from tests.api.world import CITY, STAGE, World

pytestmark = pytest.mark.usefixtures("app")


WRONG = {
    "/v1/slots?limit=0": "limit",
    "/v1/slots?limit=201": "limit",
    "/v1/slots?limit=many": "limit",
    "/v1/slots?status=maybe": "status",
    "/v1/slots?city_id=NOT%20a%20slug": "city_id",
    "/v1/slots?city_id=rome%0A": "city_id",
    "/v1/slots?from=2027-03-25T10:00:00": "from",
    "/v1/slots?from=1742896800": "from",
    "/v1/slots?to=tomorrow": "to",
    "/v1/slots?to=0001-01-01T00:00:00%2B23:00": "to",
    "/v1/slots/17": "slot_id",
    "/v1/bookings?candidate_id=17": "candidate_id",
    "/v1/bookings?status=all": "status",
    "/v1/slots?series_id=17": "series_id",
    "/v1/candidates?status=gone": "status",
    "/v1/candidates/17/timeline": "candidate_id",
    "/v1/board?city_id=NOT%20a%20slug": "city_id",
    "/v1/series/17": "series_id",
    "/v1/series?recruiter_id=17": "recruiter_id",
    "/v1/waitlists/NOT-a-slug/first": "city_id",
    "/v1/refusals?candidate_id=17": "candidate_id",
    "/v1/refusals?code=a%00b": "code",
    "/v1/refusals?from=yesterday": "from",
    "/v1/recruiters/17/agenda.ics": "recruiter_id",
    "/v1/bookings/17/calendar.ics": "booking_id",
    "/v1/bookings/17": "booking_id",
    "/v1/recruiters/17/agenda": "recruiter_id",
    "/v1/slots?min_position=-1": "min_position",
}


async def walk(world: World, path: str, limit: int) -> list[dict[str, Any]]:
    """Read a list to its end; no list here is longer than 20."""
    page = (await shown(world, f"{path}?limit={limit}")).json()
    items: list[dict[str, Any]] = list(page["items"])
    while page["next_cursor"] and len(items) < 20:
        assert len(page["items"]) == limit
        page = (await world.get(f"{path}?limit={limit}&cursor={page['next_cursor']}")).json()
        items += page["items"]
    return items


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
async def test_cursors_lead_through_a_list_once(world: World, limit: int) -> None:
    """Pages of any size show everything once, in order, though several slots start at one moment."""
    starts_at = world.slot_body()["starts_at"]
    recruiters = [await world.recruiter() for _ in range(3)]
    together = [await world.slot(recruiter_id=each, starts_at=starts_at) for each in recruiters]
    later = [await world.slot() for _ in range(2)]

    seen = [slot["slot_id"] for slot in await walk(world, "/v1/slots", limit)]

    assert seen == [*sorted(together), *later]


async def test_directory_is_walked_too(world: World) -> None:
    """Keys of every kind work: text, numbers, ids."""
    recruiters = {await world.recruiter() for _ in range(3)} | {world.recruiter_id}
    await world.stage("second")

    names = [each["recruiter_id"] for each in await walk(world, "/v1/recruiters", 1)]
    stages = [each["stage_id"] for each in await walk(world, "/v1/stages", 1)]

    assert (set(names), len(names)) == (recruiters, 4)
    assert stages == [STAGE, "second"]


async def test_slots_are_filtered_by_place_time_and_status(world: World) -> None:
    """Only what fits all filters is listed; a booked or cancelled slot is not open."""
    await world.stage("second")
    early, full, cancelled = await world.slot(), await world.slot(), await world.slot()
    other_stage = await world.slot(stage_id="second")
    await world.booking(full, await world.candidate())
    await world.do("cancel-slot", {"slot_id": cancelled, "reason": "no room"})
    starts_at = (await shown(world, f"/v1/slots/{other_stage}")).json()["starts_at"]
    just_after = (datetime.fromisoformat(starts_at) + timedelta(microseconds=1)).isoformat()

    async def ids(query: str) -> list[str]:
        return [slot["slot_id"] for slot in (await shown(world, f"/v1/slots?{query}")).json()["items"]]

    assert await ids("") == [early, other_stage]
    assert await ids(f"city_id={CITY}&stage_id=second") == [other_stage]
    assert await ids("city_id=nowhere") == []
    assert await ids(f"to={starts_at}") == [early]
    assert await ids(f"from={starts_at}") == [other_stage]
    assert await ids(f"from={quote(just_after)}") == []
    assert await ids("status=full") == [full]
    assert await ids("status=cancelled") == [cancelled]
    assert await ids("status=all") == [early, full, cancelled, other_stage]


async def test_bookings_are_filtered(world: World) -> None:
    """By candidate, recruiter, city, status and time."""
    stranger, candidate_id = await world.recruiter(), await world.candidate()
    first = await world.booking(await world.slot(), candidate_id)
    second = await world.booking(await world.slot(recruiter_id=stranger), await world.candidate())
    await world.do("cancel-booking", {"booking_id": second}, role="bot")
    starts_at = (await shown(world, f"/v1/bookings/{second}")).json()["starts_at"]

    async def ids(query: str) -> list[str]:
        return [booking["booking_id"] for booking in (await shown(world, f"/v1/bookings?{query}")).json()["items"]]

    assert await ids("") == [first, second]
    assert await ids(f"candidate_id={candidate_id}") == [first]
    assert await ids(f"recruiter_id={stranger}&city_id={CITY}") == [second]
    assert await ids("city_id=nowhere") == []
    assert await ids("status=active") == [first]
    assert await ids(f"from={starts_at}") == [second]
    assert await ids(f"to={starts_at}") == [first]


async def test_agenda_shows_who_is_booked_into_each_slot(world: World) -> None:
    """A recruiter's slots are in the order of time, with the bookings that were not cancelled."""
    group, empty = await world.slot(capacity=2), await world.slot()
    staying, leaving = await world.candidate(), await world.candidate()
    booking_id = await world.booking(group, staying)
    cancelled = await world.booking(group, leaving)
    await world.do("cancel-booking", {"booking_id": cancelled}, role="bot")

    page = (await shown(world, f"/v1/recruiters/{world.recruiter_id}/agenda", role="recruiter")).json()

    assert [entry["slot_id"] for entry in page["items"]] == [group, empty]
    assert page["items"][0]["bookings"] == [
        {
            "booking_id": booking_id,
            "candidate": {"id": staying, "name": "Grace"},
            "status": "active",
            "answer": None,
            "late_minutes": None,
        }
    ]
    assert (page["items"][0]["seats_left"], page["items"][1]["bookings"]) == (1, [])


async def test_parameter_that_is_wrong_is_named(world: World) -> None:
    """A wrong parameter is 400 with its name and without its value."""
    answers = {path: await world.get(path) for path in WRONG}

    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(WRONG, 400)
    assert {answer.json()["code"] for answer in answers.values()} == {"invalid-parameter"}
    assert {path: answer.json()["facts"]["field"] for path, answer in answers.items()} == WRONG


async def test_cursor_of_another_list_is_refused(world: World) -> None:
    """A cursor belongs to one list with one set of filters."""
    await world.slot()
    await world.slot()
    cursor = (await shown(world, "/v1/slots?limit=1")).json()["next_cursor"]

    answers = [
        await world.get(f"/v1/slots?limit=1&cursor={cursor}"),
        await world.get(f"/v1/slots?limit=1&status=all&cursor={cursor}"),
        await world.get(f"/v1/bookings?cursor={cursor}"),
        await world.get("/v1/slots?cursor=nonsense"),
        await world.get("/v1/slots?cursor=%F0%9F%98%80"),
    ]

    assert [each.status_code for each in answers] == [200, 400, 400, 400, 400]
    assert {each.json()["code"] for each in answers[1:]} == {"invalid-cursor"}
