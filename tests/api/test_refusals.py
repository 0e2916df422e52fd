"""Every refusal that a command can meet, over HTTP: its status, its code, its facts; and the page that lists them."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from api.errors import status_of
from commands import refusals
from commands.decision import Refusal
from tests.api.world import CITY, STAGE, World

CLASSES: dict[str, type[Refusal]] = {
    each.code: each
    for each in vars(refusals).values()
    if isinstance(each, type) and issubclass(each, Refusal) and each is not Refusal
}
PAGE = Path(__file__).parents[2] / "docs" / "refusals.md"
CUTOFF = 365 * 24 * 60

Scenario = Callable[[World], Awaitable[httpx.Response]]


def unknown() -> str:
    """An id that nothing has."""
    return str(uuid4())


async def book(world: World, slot_id: str, candidate_id: str) -> httpx.Response:
    """Try to book."""
    return await world.send("book-slot", {"slot_id": slot_id, "candidate_id": candidate_id}, role="bot")


async def forbidden(world: World) -> httpx.Response:
    """A recruiter publishes for another one."""
    return await world.send("publish-slot", world.slot_body(recruiter_id=await world.recruiter()), role="recruiter")


async def changed(world: World) -> httpx.Response:
    """If-Match names a state from before the first event."""
    body = {"slot_id": await world.slot(), "reason": "moved"}
    return await world.send("cancel-slot", body, If_Match='"0"')


async def unknown_city(world: World) -> httpx.Response:
    """A slot in no city."""
    return await world.send("publish-slot", world.slot_body(city_id="nowhere"))


async def unknown_recruiter(world: World) -> httpx.Response:
    """Nobody is deactivated."""
    return await world.send("deactivate-recruiter", {"recruiter_id": unknown(), "reason": "left"})


async def unknown_stage(world: World) -> httpx.Response:
    """A slot for no stage."""
    return await world.send("publish-slot", world.slot_body(stage_id="never"))


async def unknown_test(world: World) -> httpx.Response:
    """A result of no test."""
    candidate_id = await world.candidate()
    return await world.send("record-test-result", {"candidate_id": candidate_id, "test_id": "none", "score": 1})


async def unknown_slot(world: World) -> httpx.Response:
    """A seat on no slot."""
    return await book(world, unknown(), await world.candidate())


async def unknown_candidate(world: World) -> httpx.Response:
    """A seat for nobody."""
    return await book(world, await world.slot(), unknown())


async def unknown_booking(world: World) -> httpx.Response:
    """No booking is cancelled."""
    return await world.send("cancel-booking", {"booking_id": unknown()})


async def already_exists(world: World) -> httpx.Response:
    """A city is opened twice."""
    body = {"city_id": CITY, "name": "Roma", "time_zone": "Europe/Rome", "locale": "it"}
    return await world.send("open-city", body)


async def unknown_time_zone(world: World) -> httpx.Response:
    """A city in no zone."""
    body = {"city_id": "oz", "name": "Oz", "time_zone": "Over/Rainbow", "locale": "en"}
    return await world.send("open-city", body)


async def malformed_time(world: World) -> httpx.Response:
    """A slot that starts at no time."""
    return await world.send("publish-slot", world.slot_body(starts_at="tomorrow at ten"))


async def no_such_local_time(world: World) -> httpx.Response:
    """A slot in the hour that a spring night skips."""
    return await world.send("publish-slot", world.slot_body(starts_at="2032-03-28T02:30"))


async def pass_score_above_max(world: World) -> httpx.Response:
    """A test that nobody can pass."""
    body = {"test_id": "hard", "name": "Hard", "max_score": 10, "pass_score": 11, "valid_days": 1}
    return await world.send("define-test", body)


async def score_out_of_range(world: World) -> httpx.Response:
    """Eleven points of ten."""
    await world.test("logic")
    candidate_id = await world.candidate()
    return await world.send("record-test-result", {"candidate_id": candidate_id, "test_id": "logic", "score": 11})


async def taken_in_future(world: World) -> httpx.Response:
    """A test taken tomorrow."""
    await world.test("logic")
    body = {"candidate_id": await world.candidate(), "test_id": "logic", "score": 7}
    taken_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    return await world.send("record-test-result", {**body, "taken_at": taken_at})


async def recruiter_inactive(world: World) -> httpx.Response:
    """A slot of a recruiter who left."""
    await world.do("deactivate-recruiter", {"recruiter_id": world.recruiter_id, "reason": "left"})
    return await world.send("publish-slot", world.slot_body())


async def recruiter_not_in_city(world: World) -> httpx.Response:
    """A slot in a city that the recruiter does not visit."""
    await world.do("open-city", {"city_id": "oslo", "name": "Oslo", "time_zone": "Europe/Oslo", "locale": "no"})
    return await world.send("publish-slot", world.slot_body(city_id="oslo"))


async def recruiter_busy(world: World) -> httpx.Response:
    """The same hour, offered twice."""
    body = world.slot_body()
    await world.do("publish-slot", body)
    return await world.send("publish-slot", body)


async def slot_started(world: World) -> httpx.Response:
    """A slot in the past."""
    return await world.send("publish-slot", world.slot_body(starts_at="2020-01-01T10:00"))


async def slot_cancelled(world: World) -> httpx.Response:
    """A seat on a slot that was withdrawn."""
    slot_id = await world.slot()
    await world.do("cancel-slot", {"slot_id": slot_id, "reason": "ill"})
    return await book(world, slot_id, await world.candidate())


async def slot_full(world: World) -> httpx.Response:
    """The second of two on one seat."""
    slot_id = await world.slot()
    await world.booking(slot_id, await world.candidate())
    return await book(world, slot_id, await world.candidate())


async def candidate_busy(world: World) -> httpx.Response:
    """Two interviews at one hour."""
    body, candidate_id = world.slot_body(), await world.candidate()
    await world.booking(await world.slot(**body), candidate_id)
    return await book(world, await world.slot(**{**body, "recruiter_id": await world.recruiter()}), candidate_id)


async def already_booked(world: World) -> httpx.Response:
    """Two interviews of one stage."""
    candidate_id = await world.candidate()
    await world.booking(await world.slot(), candidate_id)
    return await book(world, await world.slot(), candidate_id)


async def too_many_active(world: World) -> httpx.Response:
    """One more than a stage allows at a time."""
    await world.stage("second", max_active=1)
    candidate_id = await world.candidate()
    await world.booking(await world.slot(), candidate_id)
    return await book(world, await world.slot(stage_id="second"), candidate_id)


async def reschedule(world: World, stage_id: str, **fields: object) -> httpx.Response:
    """Move a new booking of a stage to another slot."""
    booking_id = await world.booking(await world.slot(stage_id=stage_id), await world.candidate(stage_id))
    body = {"booking_id": booking_id, "to_slot_id": await world.slot(stage_id=stage_id), **fields}
    return await world.send("reschedule-booking", body)


async def too_many_reschedules(world: World) -> httpx.Response:
    """Moving what may not be moved."""
    await world.stage("fixed", max_reschedules=0)
    return await reschedule(world, "fixed")


async def too_soon(world: World) -> httpx.Response:
    """Booking later than the notice asks for."""
    await world.stage("planned", min_notice_minutes=CUTOFF)
    return await book(world, await world.slot(stage_id="planned"), await world.candidate("planned"))


async def too_far(world: World) -> httpx.Response:
    """Booking beyond the horizon."""
    await world.stage("near", horizon_days=1)
    return await book(world, await world.slot(stage_id="near"), await world.candidate("near"))


async def late_booking(world: World) -> str:
    """A booking that is past both its cut-offs."""
    await world.stage("strict", cancel_cutoff_minutes=CUTOFF, reschedule_cutoff_minutes=CUTOFF)
    return await world.booking(await world.slot(stage_id="strict"), await world.candidate("strict"))


async def too_late_to_cancel(world: World) -> httpx.Response:
    """Cancelling past the cut-off."""
    return await world.send("cancel-booking", {"booking_id": await late_booking(world)}, role="bot")


async def too_late_to_reschedule(world: World) -> httpx.Response:
    """Moving past the cut-off."""
    body = {"booking_id": await late_booking(world), "to_slot_id": await world.slot(stage_id="strict")}
    return await world.send("reschedule-booking", body, role="bot")


async def reason_required(world: World) -> httpx.Response:
    """Staff goes past the cut-off and does not say why."""
    return await world.send("cancel-booking", {"booking_id": await late_booking(world), "override": True})


async def booking_cancelled(world: World) -> httpx.Response:
    """Moving what was cancelled."""
    booking_id = await world.booking(await world.slot(), await world.candidate())
    await world.do("cancel-booking", {"booking_id": booking_id})
    return await world.send("reschedule-booking", {"booking_id": booking_id, "to_slot_id": await world.slot()})


async def stage_not_open(world: World) -> httpx.Response:
    """An interview of a stage that the candidate is not in."""
    await world.stage("second")
    return await book(world, await world.slot(stage_id="second"), await world.candidate(STAGE))


async def test_required(world: World) -> httpx.Response:
    """An interview before its test."""
    await world.test("logic")
    await world.stage("tested", "logic")
    return await book(world, await world.slot(stage_id="tested"), await world.candidate("tested"))


test_required.__test__ = False  # type: ignore[attr-defined]  # a scenario, whatever its name

SCENARIOS: dict[str, Scenario] = {
    each.__name__.replace("_", "-"): each
    for each in (
        forbidden,
        changed,
        unknown_city,
        unknown_recruiter,
        unknown_stage,
        unknown_test,
        unknown_slot,
        unknown_candidate,
        unknown_booking,
        already_exists,
        unknown_time_zone,
        malformed_time,
        no_such_local_time,
        pass_score_above_max,
        score_out_of_range,
        taken_in_future,
        recruiter_inactive,
        recruiter_not_in_city,
        recruiter_busy,
        slot_started,
        slot_cancelled,
        slot_full,
        candidate_busy,
        already_booked,
        too_many_active,
        too_many_reschedules,
        too_soon,
        too_far,
        too_late_to_cancel,
        too_late_to_reschedule,
        reason_required,
        booking_cancelled,
        stage_not_open,
        test_required,
    )
}


@pytest.mark.parametrize("code", SCENARIOS)
async def test_a_refusal_is_a_problem_with_its_facts(world: World, code: str) -> None:
    """A refusal is answered with its status, its code, its meaning and every fact behind it."""
    response = await SCENARIOS[code](world)

    problem = response.json()
    assert problem["code"] == code, problem
    assert response.status_code == problem["status"] == status_of(code)
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"urn:daybook:error:{code}"
    assert problem["detail"] == CLASSES[code].meaning
    assert set(problem["facts"]) == set(CLASSES[code].__struct_fields__)
    assert re.fullmatch("[0-9a-f]{32}", problem["trace_id"])
    assert int(response.headers["daybook-position"]) > 0


def test_every_refusal_has_a_scenario() -> None:
    """No refusal exists that HTTP was not seen to produce."""
    assert SCENARIOS.keys() == CLASSES.keys()


def test_the_page_lists_every_refusal_and_no_other() -> None:
    """docs/refusals.md names each code once, with its status, what it means and its facts."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| (.+) \| (.*) \|$", PAGE.read_text(), flags=re.MULTILINE)

    told = [(code, int(status), meaning, re.findall(r"`(\w+)`", facts)) for code, status, meaning, facts in rows]
    wanted = [(code, status_of(code), each.meaning, list(each.__struct_fields__)) for code, each in CLASSES.items()]
    assert sorted(told) == sorted(wanted)


def test_statuses_say_what_kind_of_no_it_is() -> None:
    """Missing things are 404, other people's 403, outdated preconditions 412, and rules 409."""
    told = {status_of(code): code for code in ("unknown-slot", "forbidden", "changed", "slot-full")}

    assert told == {404: "unknown-slot", 403: "forbidden", 412: "changed", 409: "slot-full"}
