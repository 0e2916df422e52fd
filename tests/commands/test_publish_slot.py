"""Publishing a slot: when it is, and whether the recruiter is free."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commands import refusals
from commands.actor import Actor
from commands.decision import Accepted, Decision
from commands.publish_slot import PublishSlot
from events.codec import Event
from events.recruiter import RecruiterDeactivated
from events.slot import SlotCancelled, SlotPublished
from tests.support import deciding as given
from tests.support.deciding import ADMIN, OTHER_SLOT, RECRUITER, SLOT, STRANGER

NOON = "2027-03-25T12:00"


def history(*more: Event, min_gap_minutes: int = 0, time_zone: str = "Europe/Berlin") -> list[Event]:
    """A city, a stage of half an hour and a recruiter."""
    return [given.city(time_zone=time_zone), given.stage(), given.recruiter(min_gap_minutes=min_gap_minutes), *more]


def publish(events: given.History, starts_at: str = NOON, actor: Actor = ADMIN, **body: Any) -> Decision:
    """Decide one publication."""
    command = PublishSlot(RECRUITER, "berlin", "screening", starts_at, **body)
    return given.decide(events, command, actor)


def slot_of(decision: Decision) -> SlotPublished:
    """Return the one event of an accepted publication."""
    assert isinstance(decision, Accepted), decision
    (event,) = decision.events
    assert isinstance(event, SlotPublished)
    return event


def test_a_wall_time_is_read_in_the_zone_of_the_city() -> None:
    """Instant, wall time, offset and the database they were worked out with are all kept."""
    event = slot_of(publish(history()))

    assert event.starts_at == datetime(2027, 3, 25, 11, 0, tzinfo=UTC)
    assert event.ends_at - event.starts_at == timedelta(minutes=30)
    assert (event.zone, event.local_start, event.fold, event.utc_offset) == (
        "Europe/Berlin",
        "2027-03-25T12:00:00",
        0,
        3600,
    )
    assert event.anchor == "wall"
    assert event.tzdb_version


def test_an_instant_stays_the_instant_it_is() -> None:
    """Its wall time is worked out, and the anchor says which of the two was given."""
    event = slot_of(publish(history(), "2027-03-25T12:00:00Z"))

    assert event.starts_at == datetime(2027, 3, 25, 12, 0, tzinfo=UTC)
    assert (event.local_start, event.anchor) == ("2027-03-25T13:00:00", "instant")


def test_a_wall_time_that_clocks_skip_is_refused_with_the_two_nearest() -> None:
    """Berlin has no 02:30 on the last Sunday of March."""
    decision = publish(history(), "2027-03-28T02:30")

    assert isinstance(decision, refusals.NoSuchWallTime)
    assert decision.nearest == ("2027-03-28T01:59:00", "2027-03-28T03:00:00")


def test_a_wall_time_that_comes_twice_is_the_first_unless_fold_says_otherwise() -> None:
    """Berlin has two 02:30 on the last Sunday of October."""
    first = slot_of(publish(history(), "2027-10-31T02:30"))
    second = slot_of(publish(history(), "2027-10-31T02:30", fold=1))

    assert first.starts_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert second.starts_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_a_slot_lasts_elapsed_time_through_an_autumn_night() -> None:
    """Two hours from the first 02:30 end at 03:30 by the wall, having seen three."""
    event = slot_of(publish(history(), "2027-10-31T02:30", duration_minutes=120))

    assert event.ends_at - event.starts_at == timedelta(hours=2)


@pytest.mark.parametrize("starts_at", ["tomorrow", "2027-02-30T10:00", "2027-03-25", "2027-03-25T25:00", ""])
def test_what_is_no_time_is_refused_with_the_reason(starts_at: str) -> None:
    """The field is named."""
    decision = publish(history(), starts_at)

    assert isinstance(decision, refusals.MalformedLocalTime)
    assert decision.field == "starts_at"


def test_s3_a_slot_lies_in_the_future() -> None:
    """A start that is now is over."""
    decision = publish(history(), "2027-03-01T10:00")

    assert isinstance(decision, refusals.SlotStarted)


@pytest.mark.parametrize(
    ("starts_at", "busy"),
    [
        ("2027-03-25T11:15", False),
        ("2027-03-25T11:16", True),
        ("2027-03-25T12:10", True),
        ("2027-03-25T12:44", True),
        ("2027-03-25T12:45", False),
    ],
)
def test_r1_the_gap_stays_free_before_and_after(starts_at: str, busy: bool) -> None:  # noqa: FBT001
    """Half an hour at noon and a gap of fifteen minutes; exactly the gap is allowed."""
    taken = slot_of(publish(history(min_gap_minutes=15), slot_id=OTHER_SLOT))

    decision = publish(history(taken, min_gap_minutes=15), starts_at)

    assert isinstance(decision, refusals.RecruiterBusy if busy else Accepted)


@pytest.mark.parametrize("starts_at", ["2027-03-25T00:45", "2027-03-25T01:00", "2027-03-25T01:15"])
def test_r1_holds_over_the_turn_of_a_utc_day(starts_at: str) -> None:
    """A slot from 00:30 to 01:30 in Berlin touches two UTC days; a clash on either side is seen."""
    over_midnight = slot_of(publish(history(), "2027-03-25T00:30", slot_id=OTHER_SLOT, duration_minutes=60))

    decision = publish(history(over_midnight), starts_at, duration_minutes=5)

    assert isinstance(decision, refusals.RecruiterBusy)


def test_r1_the_gap_reaches_over_the_turn_of_a_utc_day() -> None:
    """A slot that ends a minute before midnight UTC needs its gap on the next day."""
    late = slot_of(
        publish(history(min_gap_minutes=30), "2027-03-24T23:30:00Z", slot_id=OTHER_SLOT, duration_minutes=29)
    )

    decision = publish(history(late, min_gap_minutes=30), "2027-03-25T00:10:00Z")

    assert isinstance(decision, refusals.RecruiterBusy)


def test_r1_a_cancelled_slot_frees_its_time() -> None:
    """The hour can be offered again."""
    taken = slot_of(publish(history(), slot_id=OTHER_SLOT))
    gone = SlotCancelled(OTHER_SLOT, RECRUITER, taken.starts_at, taken.ends_at, "ill")

    assert slot_of(publish(history(taken, gone))).starts_at == taken.starts_at


def test_what_a_slot_needs_must_exist() -> None:
    """City, stage and recruiter are each named."""
    city, stage, recruiter = history()

    assert publish([stage, recruiter]) == refusals.UnknownCity("berlin")
    assert publish([city, recruiter]) == refusals.UnknownStage("screening")
    assert publish([city, stage]) == refusals.UnknownRecruiter(RECRUITER)


def test_a_slot_id_is_used_once() -> None:
    """Whoever used it."""
    assert publish(history(given.slot()), slot_id=SLOT) == refusals.AlreadyExists(str(SLOT))


def test_a_recruiter_works_in_their_cities_while_active() -> None:
    """Elsewhere or afterwards nothing is published."""
    elsewhere = [given.city(), given.stage(), given.recruiter(city_id="paris")]

    assert publish(elsewhere) == refusals.RecruiterNotInCity(RECRUITER, "berlin")
    assert publish(history(RecruiterDeactivated(RECRUITER, "left"))) == refusals.RecruiterInactive(RECRUITER)


def test_a_recruiter_publishes_their_own_slots_only() -> None:
    """Those of a colleague are forbidden."""
    assert isinstance(publish(history(), actor=STRANGER), refusals.Forbidden)
    assert slot_of(publish(history(), actor=given.RECRUITER_ACTOR)).recruiter_id == RECRUITER
