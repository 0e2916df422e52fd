"""Every refusal that a command can meet, over HTTP: its status, its code, its facts; and the page that lists them."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec
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
GROUPS = 6  # scenarios of a group share a database, each with a recruiter of its own

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
    taken_at = (world.clock() + timedelta(days=1)).isoformat()
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


async def slot_closed(world: World) -> httpx.Response:
    """A seat on a slot that takes nobody in for now."""
    slot_id = await world.slot()
    await world.do("close-slot", {"slot_id": slot_id, "reason": "ill"})
    return await book(world, slot_id, await world.candidate())


async def capacity_below_booked(world: World) -> httpx.Response:
    """One seat for two who are booked."""
    slot_id = await world.slot(capacity=2)
    for _ in range(2):
        await world.booking(slot_id, await world.candidate())
    return await world.send("change-slot-capacity", {"slot_id": slot_id, "capacity": 1})


async def recruiter_absent(world: World) -> httpx.Response:
    """A slot on a holiday."""
    away = {"recruiter_id": world.recruiter_id, "from": "2032-08-01T00:00:00Z", "to": "2032-09-01T00:00:00Z"}
    await world.do("record-absence", away)
    return await world.send("publish-slot", world.slot_body(starts_at="2032-08-10T10:00:00Z"))


async def recruiter_limit(world: World) -> httpx.Response:
    """A second slot on a day of one."""
    await world.do("change-recruiter", {"recruiter_id": world.recruiter_id, "daily_limit": 1})
    await world.slot(starts_at="2032-08-10T10:00:00Z")
    return await world.send("publish-slot", world.slot_body(starts_at="2032-08-10T12:00:00Z"))


async def held(world: World) -> str:
    """A live hold."""
    body = {"slot_id": await world.slot(), "candidate_id": await world.candidate()}
    return str((await world.do("hold-slot", body, role="bot"))["hold_id"])


async def too_many_holds(world: World) -> httpx.Response:
    """Two seats kept for one person."""
    candidate_id = await world.candidate()
    await world.do("hold-slot", {"slot_id": await world.slot(), "candidate_id": candidate_id}, role="bot")
    return await world.send("hold-slot", {"slot_id": await world.slot(), "candidate_id": candidate_id}, role="bot")


async def hold_live(world: World) -> httpx.Response:
    """A hold that is to expire before its time."""
    return await world.send("expire-hold", {"hold_id": await held(world)})


async def unknown_hold(world: World) -> httpx.Response:
    """No hold is released."""
    return await world.send("release-hold", {"hold_id": unknown()}, role="bot")


async def over(world: World, **policy: object) -> str:
    """A booking whose interview has started."""
    await world.stage("over", **policy)
    booking_id = await world.booking(await world.slot(stage_id="over"), await world.candidate("over"))
    world.clock.forward(days=60)
    return booking_id


async def cooling_down(world: World) -> httpx.Response:
    """Booking again soon after an interview that was missed."""
    await world.stage("strict", cooldown={"missed": 1, "days": 100})
    candidate_id = await world.candidate("strict")
    booking_id = await world.booking(await world.slot(stage_id="strict"), candidate_id)
    world.clock.forward(days=60)
    await world.do("record-attendance", {"booking_id": booking_id, "outcome": "candidate-missed"})
    later = (world.clock() + timedelta(days=1)).replace(microsecond=0).isoformat()
    return await book(world, await world.slot(stage_id="strict", starts_at=later), candidate_id)


async def candidate_closed(world: World) -> httpx.Response:
    """A seat for somebody who was rejected."""
    slot_id, candidate_id = await world.slot(), await world.candidate()
    await world.do("reject-candidate", {"candidate_id": candidate_id, "reason": "no"})
    return await book(world, slot_id, candidate_id)


async def candidate_erased(world: World) -> httpx.Response:
    """A seat for somebody who was erased."""
    slot_id, candidate_id = await world.slot(), await world.candidate()
    await world.do("erase-candidate", {"candidate_id": candidate_id, "reason": "asked for it"})
    return await book(world, slot_id, candidate_id)


async def offered(world: World, **slot: object) -> str:
    """A seat offered to somebody who waits."""
    candidate_id = await world.candidate()
    await world.do("join-waitlist", {"candidate_id": candidate_id, "city_id": CITY, "stage_id": STAGE}, role="bot")
    return str((await world.do("offer-seat", {"slot_id": await world.slot(**slot)}))["offer_id"])


async def unknown_offer(world: World) -> httpx.Response:
    """No offer is accepted."""
    return await world.send("accept-offer", {"offer_id": unknown()}, role="bot")


async def offer_expired(world: World) -> httpx.Response:
    """An answer that comes too late."""
    offer_id = await offered(world)
    world.clock.forward(hours=2)
    return await world.send("accept-offer", {"offer_id": offer_id}, role="bot")


async def offer_ended(world: World) -> httpx.Response:
    """Yes after no."""
    offer_id = await offered(world)
    await world.do("decline-offer", {"offer_id": offer_id}, role="bot")
    return await world.send("accept-offer", {"offer_id": offer_id}, role="bot")


async def nobody_waiting(world: World) -> httpx.Response:
    """A seat for an empty list."""
    return await world.send("offer-seat", {"slot_id": await world.slot()})


async def join(world: World, **window: str) -> httpx.Response:
    """Try to wait for a seat in a window."""
    body = {"candidate_id": await world.candidate(), "city_id": CITY, "stage_id": STAGE}
    return await world.send("join-waitlist", {**body, **window}, role="bot")


async def window_reversed(world: World) -> httpx.Response:
    """Waiting for a time that ends before it begins."""
    return await join(world, **{"from": "2032-02-01T00:00:00Z", "to": "2032-01-01T00:00:00Z"})


async def window_over(world: World) -> httpx.Response:
    """Waiting for a time that is over."""
    return await join(world, to="2020-01-01T00:00:00Z")


async def pending(world: World) -> str:
    """A booking that needs approval."""
    await world.stage("careful", approval="required")
    return await world.booking(await world.slot(stage_id="careful"), await world.candidate("careful"))


async def already_approved(world: World) -> httpx.Response:
    """No after yes."""
    booking_id = await pending(world)
    await world.do("approve-booking", {"booking_id": booking_id})
    return await world.send("decline-booking", {"booking_id": booking_id, "reason": "ill"})


async def booking_closed(world: World) -> httpx.Response:
    """Yes after no."""
    booking_id = await pending(world)
    await world.do("decline-booking", {"booking_id": booking_id, "reason": "ill"})
    return await world.send("approve-booking", {"booking_id": booking_id})


async def interview_ahead(world: World) -> httpx.Response:
    """Attended before it began."""
    body = {"booking_id": await pending(world), "outcome": "attended"}
    return await world.send("record-attendance", body)


async def outcome_recorded(world: World) -> httpx.Response:
    """Attended, and missed."""
    booking_id = await over(world)
    await world.do("record-attendance", {"booking_id": booking_id, "outcome": "attended", "late_minutes": 3})
    return await world.send("record-attendance", {"booking_id": booking_id, "outcome": "candidate-missed"})


async def no_outcome(world: World) -> httpx.Response:
    """Nothing to correct."""
    body = {"booking_id": await over(world), "outcome": "attended", "reason": "typo"}
    return await world.send("correct-outcome", body)


async def no_test_result(world: World) -> httpx.Response:
    """Nothing to void."""
    await world.test("logic")
    body = {"candidate_id": await world.candidate(), "test_id": "logic", "reason": "helped"}
    return await world.send("void-test-result", body)


def series_body(world: World, **fields: object) -> dict[str, object]:
    """Describe a series."""
    body = {"recruiter_id": world.recruiter_id, "city_id": CITY, "stage_id": STAGE, "starts_at": "2032-01-05T10:00"}
    return {**body, "rrule": "FREQ=DAILY;COUNT=3", **fields}


async def unknown_series(world: World) -> httpx.Response:
    """No series is ended."""
    return await world.send("end-series", {"series_id": unknown(), "reason": "left"})


async def series_ended(world: World) -> httpx.Response:
    """More of a series that has ended."""
    series_id = (await world.do("publish-series", series_body(world)))["series_id"]
    await world.do("end-series", {"series_id": series_id, "reason": "left"})
    return await world.send("publish-series", series_body(world, series_id=series_id))


async def malformed_rule(world: World) -> httpx.Response:
    """A rule that is none."""
    return await world.send("publish-series", series_body(world, rrule="every second day"))


async def too_many_occurrences(world: World) -> httpx.Response:
    """A slot for every five minutes of two years."""
    body = series_body(world, rrule="FREQ=HOURLY;COUNT=3000", duration_minutes=5)
    return await world.send("publish-series", body)


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
        slot_closed,
        capacity_below_booked,
        recruiter_absent,
        recruiter_limit,
        too_many_holds,
        cooling_down,
        candidate_closed,
        candidate_erased,
        unknown_hold,
        hold_live,
        unknown_offer,
        offer_expired,
        offer_ended,
        nobody_waiting,
        window_reversed,
        window_over,
        already_approved,
        booking_closed,
        interview_ahead,
        outcome_recorded,
        no_outcome,
        no_test_result,
        unknown_series,
        series_ended,
        malformed_rule,
        too_many_occurrences,
    )
}


def facts_of(refusal: type[Refusal]) -> set[str]:
    """Name the facts that are always there."""
    return {each.name for each in msgspec.structs.fields(refusal) if each.default is msgspec.NODEFAULT}


@pytest.mark.parametrize("codes", [tuple(SCENARIOS)[start::GROUPS] for start in range(GROUPS)], ids=", ".join)
async def test_a_refusal_is_a_problem_with_its_facts(world: World, codes: tuple[str, ...]) -> None:
    """A refusal is answered with its status, its code, its meaning and every fact behind it."""
    for code in codes:
        response = await SCENARIOS[code](await world.beside())

        problem = response.json()
        assert problem["code"] == code, problem
        assert response.status_code == problem["status"] == status_of(code)
        assert response.headers["content-type"] == "application/problem+json"
        assert problem["type"] == f"urn:daybook:error:{code}"
        assert problem["detail"] == CLASSES[code].meaning
        assert set(problem["facts"]) == facts_of(CLASSES[code])
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
