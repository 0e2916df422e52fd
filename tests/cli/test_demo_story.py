"""The story of the demo: what it holds, and that the real rules answer it as it says, whenever it is told."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest

from cli.demo.answers import ANSWERS
from cli.demo.calendar import HIRING_DAY, by_hand, staff
from cli.demo.closing_check import check_database
from cli.demo.offers import WORKING_DAYS, Offer, first_monday
from cli.demo.places import CITIES
from cli.demo.recurring import mornings
from cli.demo.rules import STAGES, TESTS
from cli.demo.seats import EVENING, Seats
from cli.demo.story import FULL, Ids, Outcomes, Step, Story
from cli.demo.telling import tell
from cli.demo.world import CHANGES_LATER, CHANGES_NEXT_WEEK
from commands.actor import Actor, Role
from commands.catalogue import BY_NAME
from commands.handling import Writer
from commands.request import make_request
from events.postgres import open_log
from tests.support.keys import SECRET

# Many small steps over code that other tests cover: measuring that would take as long again.
pytestmark = pytest.mark.unmeasured

SEED = 7
MONDAY = datetime(2027, 3, 1, 12, tzinfo=UTC)
LANES = 24


@pytest.fixture(scope="module")
def story() -> Story:
    """The story as it is told by default."""
    return tell(SEED, 2_000, MONDAY)


@pytest.fixture(scope="module")
def offers() -> list[Offer]:
    """The two working weeks."""
    ids, rng = Ids(SEED), Random(SEED)
    recruiters = staff(rng, ids)
    series = mornings(rng, ids, recruiters)
    return [*(offer for each in series for offer in each.offers(MONDAY)), *by_hand(rng, ids, recruiters, series)]


def bodies(story: Story, command: str) -> list[dict[str, Any]]:
    """Return what is asked by one command, where it is accepted."""
    return [dict(step.body) for step in story.steps() if step.command == command and step.outcome == "accepted"]


def undated(story: Story) -> bytes:
    """Write a story down without its dates, and with numbers for slots: the ids of those of a series say when."""
    numbers: dict[object, int] = {}

    def plain(step: Step | None) -> object:
        if step is None:
            return None
        body = {name: value for name, value in step.body.items() if name not in {"starts_at", "exdates", "from", "to"}}
        for name in body.keys() & {"slot_id", "to_slot_id"}:
            body[name] = numbers.setdefault(body[name], len(numbers))
        return (step.command, step.key, step.actor, body, step.outcome, step.times, step.events, plain(step.otherwise))

    return msgspec.json.encode([plain(step) for step in story.steps()])


def test_the_week_is_as_large_as_it_says(story: Story) -> None:
    """Cities in many zones, recruiters, stages, tests, thousands of slots, candidates."""
    zones = {body["time_zone"] for body in bodies(story, "open-city")}
    slots = bodies(story, "publish-slot")
    series = bodies(story, "publish-series")

    assert len(bodies(story, "open-city")) == 20
    assert len(zones) >= 8
    assert zones >= {"Asia/Kathmandu", "Asia/Almaty", "America/Sao_Paulo", "Africa/Casablanca"}
    assert len(bodies(story, "register-recruiter")) == 60
    assert (len(STAGES), len(TESTS)) == (3, 2)
    assert len(slots) + 9 * sum(each["split"]["count"] for each in series) >= 5_000
    assert len({each["recruiter_id"] for each in series}) == 40
    assert all(each["exdates"] and each["rrule"].startswith("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR") for each in series)
    assert 0 < sum(slot["capacity"] > 1 for slot in slots) < len(slots) / 10
    assert len(bodies(story, "register-candidate")) == 2_000 + 1


def test_one_seed_tells_one_story() -> None:
    """On another day, at another hour, the same keys, requests and answers; only the dates move."""
    first = tell(SEED, 400, MONDAY)
    second = tell(SEED, 400, MONDAY + timedelta(days=204, hours=11, minutes=17))

    assert undated(first) == undated(second)
    assert first.outcomes() == second.outcomes()
    assert [*first.steps()] != [*second.steps()]


def test_another_seed_tells_another_story() -> None:
    """No id or key is used by two of them."""
    first, second = (tell(seed, 400, MONDAY) for seed in (1, 2))

    assert not {step.key for step in first.steps()} & {step.key for step in second.steps()}


def test_no_key_is_used_for_two_requests(story: Story) -> None:
    """Fallbacks of a race have keys of their own too."""
    steps = [*story.steps()]
    keys = Counter(step.key for step in (*steps, *(step.otherwise for step in steps if step.otherwise)))

    assert keys.most_common(1)[0][1] == 1


def test_nothing_hangs_on_who_wins_a_race(story: Story) -> None:
    """No fallback is in a slot that is withdrawn later: how many bookings that ends would be left to the race."""
    fallbacks = {step.otherwise.body["slot_id"] for step in story.steps() if step.otherwise}

    withdrawn = {body["slot_id"] for body in bodies(story, "cancel-slot")}

    assert fallbacks
    assert withdrawn
    assert not fallbacks & withdrawn


def test_a_single_day_carries_a_sixth_of_the_seats(offers: list[Offer]) -> None:
    """The hiring day, exactly; the other days are uneven too."""
    seats = Counter[int]()
    for offer in offers:
        seats[offer.day] += offer.capacity

    assert set(seats) == set(WORKING_DAYS)
    assert seats[HIRING_DAY] == seats.total() // 6
    others = [seats[day] for day in WORKING_DAYS if day != HIRING_DAY]
    assert max(others) > 1.2 * min(others)


@pytest.mark.parametrize("number", [200, pytest.param(5_000, marks=pytest.mark.nightly)])
def test_whoever_loses_the_rush_has_a_seat_to_fall_back_on(number: int) -> None:
    """However many come, all seats on Saturday are gone when the rush is over."""
    told = tell(11, number, MONDAY)

    running = Counter(step.body["slot_id"] for step in told.steps() if step.otherwise)
    tried = {step.body["slot_id"] for step in told.steps() if step.outcome == FULL and step.command == "book-slot"}

    assert tried
    assert tried <= running.keys()
    assert min(running.values()) >= 3


def test_evenings_are_wanted_most(offers: list[Offer]) -> None:
    """Of the seats that are taken, far more lie in the evening than of those on offer."""
    seats = Seats(Random(SEED), offers)

    taken = [seat for _ in range(20) for city in CITIES if (seat := seats.promise(city.city_id, "screening"))]

    offered = [offer for offer in offers for _ in range(offer.capacity) if offer.stage_id == "screening"]
    assert _evening_share(taken) > 1.3 * _evening_share(offered)


def test_slots_keep_to_working_hours_and_lunch(offers: list[Offer]) -> None:
    """In the wall time of the recruiter, and clear of one another with the gap between."""
    for offer in offers:
        begin, lunch, end = offer.recruiter.shift
        start = offer.start % (24 * 60)
        assert begin <= start < start + offer.minutes <= end
        assert start + offer.minutes <= lunch or start >= lunch + 60
    by_recruiter = sorted(offers, key=lambda offer: (offer.recruiter.number, offer.start))
    for before, after in pairwise(by_recruiter):
        assert before.recruiter != after.recruiter or before.end + before.recruiter.gap <= after.start


def test_plans_change_as_often_as_the_studies_say(story: Story) -> None:
    """Of all seats booked ahead, between the two rates by lead time, some points left to chance."""
    ahead = [script for act in story.acts if act.title == "The week" for script in act.scripts]
    settled = [script for script in ahead if _commands(script)["book-slot", "accepted"]]

    changed = [script for script in settled if _commands(script)["cancel-booking", "accepted"] or _moved(script)]

    assert CHANGES_NEXT_WEEK - 0.05 < len(changed) / len(settled) < CHANGES_LATER + 0.03


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(datetime(2027, 1, 2, 23, 59, 59, tzinfo=UTC), marks=pytest.mark.nightly),
        pytest.param(datetime(2027, 3, 12, 20, 30, tzinfo=UTC), marks=pytest.mark.nightly),
        datetime(2027, 10, 25, 0, 0, tzinfo=UTC),
    ],
    ids=["as Saturday ends", "before the clocks change in New York", "before they change in Berlin"],
)
async def test_the_rules_answer_as_the_story_says(database_url: str, now: datetime) -> None:
    """Whenever it is told and however its scripts are interleaved; and the checker finds nothing in the log."""
    story = tell(SEED, 200, now)

    outcomes, replays = await _decide(story, database_url, now)
    checked = await check_database(database_url)

    assert outcomes == story.outcomes()
    assert replays == story.replays()
    assert checked.breach is None
    assert checked.booked == outcomes["book-slot", "accepted"] + outcomes["accept-offer", "accepted"]
    assert checked.events == story.events()


def test_the_story_tries_what_is_refused(story: Story) -> None:
    """Every rule of booking, moving and cancelling says no to somebody."""
    refused = {outcome for _, outcome in story.outcomes()} - {"accepted"}

    assert refused >= {
        *("slot-full", "candidate-busy", "already-booked", "too-soon", "too-far", "stage-not-open", "test-required"),
        *("too-late-to-cancel", "too-late-to-reschedule", "too-many-reschedules", "reason-required"),
        *("slot-cancelled", "booking-cancelled", "recruiter-inactive", "unknown-slot"),
        *("recruiter-busy", "recruiter-not-in-city", "forbidden", "slot-started", "malformed-time"),
        *("recruiter-absent", "recruiter-limit", "malformed-rule", "slot-closed", "capacity-below-booked"),
        *("too-many-holds", "nobody-waiting", "offer-ended", "already-approved", "booking-closed", "candidate-closed"),
    }


def test_every_command_of_the_week_is_accepted_from_somebody(story: Story) -> None:
    """But those that need an interview in the past, a clock that goes on, or other rules of a zone; and erasing."""
    accepted = {command for command, outcome in story.outcomes() if outcome == "accepted"}

    assert BY_NAME.keys() - accepted == {
        *("record-attendance", "correct-outcome", "expire-hold", "reanchor-slots", "change-city", "end-series"),
        "erase-candidate",
    }


def test_answers_are_as_the_studies_say(story: Story) -> None:
    """All in all as many would not come as do not come, by how many do not come of those who give each answer."""
    missed = {"yes": 0.26, "unsure": 0.5, "no": 0.99}
    first = {str(body["booking_id"]): body["answer"] for body in reversed(bodies(story, "answer-attendance"))}

    given = Counter(first.values())

    assert sum(missed[answer] * share for answer, share in ANSWERS.items()) == pytest.approx(0.36, abs=0.005)
    assert all(given[answer] / given.total() == pytest.approx(share, abs=0.05) for answer, share in ANSWERS.items())


@pytest.mark.parametrize("day", range(14))
def test_the_first_monday_is_never_near(day: int) -> None:
    """At every hour, the first working hours in the east are further away than any rule that counts hours."""
    now = MONDAY + timedelta(days=day, hours=11, minutes=59)

    monday = first_monday(now)

    opening_in_sydney = monday.replace(hour=8, minute=30) - timedelta(hours=11)
    assert monday.weekday() == 0
    assert timedelta(hours=20) < opening_in_sydney - now < timedelta(days=9)


async def _decide(story: Story, url: str, now: datetime) -> tuple[Outcomes, int]:
    """Run a story past the writer, its clock standing still."""
    outcomes, replays = Outcomes(), 0
    async with open_log(url) as log, Writer(log, clock=lambda: now) as writer:

        async def settle(step: Step) -> None:
            nonlocal replays
            outcome = ""
            for _ in range(step.times):
                kind = BY_NAME[step.command]
                body = msgspec.convert(step.body, kind.struct)
                reply = await writer.submit(make_request(UUID(step.key), _actor(step.actor), body, secret=SECRET))
                outcome, replays = reply.outcome, replays + reply.replayed
            outcomes[step.command, outcome] += 1
            if step.otherwise and outcome == FULL:
                await settle(step.otherwise)

        async def lane(scripts: Iterator[tuple[Step, ...]]) -> None:
            for script in scripts:
                for step in script:
                    await settle(step)

        for act in story.acts:
            scripts = iter(act.scripts)
            await asyncio.gather(*(lane(scripts) for _ in range(LANES)))
    return outcomes, replays


def _actor(name: str) -> Actor:
    return Actor(cast("Role", name), "demo") if name in {"admin", "bot"} else Actor("recruiter", name)


def _commands(script: tuple[Step, ...]) -> Outcomes:
    return Outcomes((step.command, step.outcome) for step in script)


def _moved(script: tuple[Step, ...]) -> int:
    return _commands(script)["reschedule-booking", "accepted"]


def _evening_share(offers: list[Offer]) -> float:
    return sum(offer.hour >= EVENING for offer in offers) / len(offers)
