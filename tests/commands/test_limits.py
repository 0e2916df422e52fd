"""R2 at publication: absences, and limits of a recruiter's local day and week."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from commands import refusals
from commands.decision import Accepted, Decision
from commands.publish_slot import PublishSlot
from events.codec import Event
from events.recruiter import AbsenceRecorded
from events.slot import SlotCancelled, SlotPublished
from tests.support import deciding as given
from tests.support.deciding import OTHER_SLOT, RECRUITER, some_id


def history(*more: Event, **recruiter: Any) -> list[Event]:
    """A recruiter in Berlin, with limits or a clock of their own."""
    return [given.city(), given.stage(), msgspec.structs.replace(given.recruiter(), **recruiter), *more]


def publish(events: given.History, starts_at: str, slot: str = "slot", **body: Any) -> Decision:
    """Decide one publication."""
    return given.decide(events, PublishSlot(RECRUITER, "berlin", "screening", starts_at, some_id(slot), **body))


def after(events: list[Event], *starts: str) -> list[Event]:
    """Go on with slots at these times."""
    for number, starts_at in enumerate(starts):
        decision = publish(events, starts_at, f"slot {number}")
        assert isinstance(decision, Accepted), decision
        events = [*events, *decision.events]
    return events


def away(from_: datetime, to: datetime) -> AbsenceRecorded:
    """An absence."""
    return AbsenceRecorded(RECRUITER, from_, to, None)


@pytest.mark.parametrize(
    ("starts_at", "refused"),
    [
        ("2027-03-25T12:30", False),
        ("2027-03-25T12:31", True),
        ("2027-03-25T13:30", True),
        ("2027-03-25T13:59", True),
        ("2027-03-25T14:00", False),
    ],
)
def test_r2_nothing_is_published_while_the_recruiter_is_away(starts_at: str, refused: bool) -> None:  # noqa: FBT001
    """Away from one to two; a slot of half an hour that ends at one, or starts at two, is none of that."""
    absence = away(datetime(2027, 3, 25, 12, tzinfo=UTC), datetime(2027, 3, 25, 13, tzinfo=UTC))

    decision = publish(history(absence), starts_at)

    if refused:
        assert decision == refusals.RecruiterAbsent(absence.from_, absence.to)
    else:
        assert isinstance(decision, Accepted)


def test_r2_a_day_takes_as_many_slots_as_the_recruiter_does() -> None:
    """The refusal names the day, the limit and what is offered; the next day has room."""
    full = after(history(daily_limit=2), "2027-03-25T09:00", "2027-03-25T23:50")

    decision = publish(full, "2027-03-25T12:00")

    assert decision == refusals.RecruiterLimit("day", date(2027, 3, 25), 2, 2)
    assert isinstance(publish(full, "2027-03-26T12:00"), Accepted)
    assert isinstance(publish(full, "2027-03-24T12:00"), Accepted)


def test_r2_a_week_runs_from_monday_to_sunday_and_takes_as_many_as_the_recruiter_does() -> None:
    """The Sunday before and the Monday after are other weeks."""
    full = after(history(weekly_limit=2), "2027-03-22T00:00", "2027-03-28T23:30")

    decision = publish(full, "2027-03-25T12:00")

    assert decision == refusals.RecruiterLimit("week", date(2027, 3, 22), 2, 2)
    assert isinstance(publish(full, "2027-03-21T23:30"), Accepted)
    assert isinstance(publish(full, "2027-03-29T00:30"), Accepted)


def test_r2_days_go_by_the_recruiters_clock_not_by_the_citys() -> None:
    """Eleven in Berlin is midnight on Kiritimati, where the next day begins."""
    full = after(history(daily_limit=1, time_zone="Pacific/Kiritimati"), "2027-03-25T11:00")

    late = publish(full, "2027-03-26T10:00")
    early = publish(full, "2027-03-25T10:00")

    assert late == refusals.RecruiterLimit("day", date(2027, 3, 26), 1, 1)
    assert isinstance(early, Accepted)


def test_r2_a_slot_counts_in_the_day_of_its_start() -> None:
    """What began yesterday and goes on past midnight takes nothing from today."""
    over_midnight = publish(history(daily_limit=1), "2027-03-24T23:00", duration_minutes=180)
    assert isinstance(over_midnight, Accepted)

    today = publish([*history(daily_limit=1), *over_midnight.events], "2027-03-25T09:00", "another")

    assert isinstance(today, Accepted)


def test_r2_the_whole_of_a_day_of_25_hours_counts() -> None:
    """From the first midnight of the last Sunday of October in Berlin to the next, both half past two among them."""
    starts = ["2027-10-30T22:00:00Z", "2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"]
    full = after(history(daily_limit=3), *starts)

    last_hour = publish(full, "2027-10-31T22:30:00Z")

    assert last_hour == refusals.RecruiterLimit("day", date(2027, 10, 31), 3, 3)
    assert isinstance(publish(full, "2027-10-31T23:00:00Z"), Accepted)


def test_r2_a_cancelled_slot_makes_room_in_its_day() -> None:
    """What is not offered any more does not count."""
    full = after(history(daily_limit=1), "2027-03-25T09:00")
    slot = full[-1]
    assert isinstance(slot, SlotPublished)
    gone = SlotCancelled(slot.slot_id, RECRUITER, slot.starts_at, slot.ends_at, "ill")

    assert isinstance(publish([*full, gone], "2027-03-25T12:00"), Accepted)


def test_r1_comes_before_absences_and_those_before_limits() -> None:
    """The first rule that says no is the refusal, in the domain's order."""
    full = after(history(daily_limit=1, weekly_limit=1), "2027-03-25T12:00")
    absence = away(datetime(2027, 3, 25, 11, tzinfo=UTC), datetime(2027, 3, 25, 12, tzinfo=UTC))

    assert isinstance(publish([*full, absence], "2027-03-25T12:00"), refusals.RecruiterBusy)
    assert isinstance(publish([*full, absence], "2027-03-25T12:30"), refusals.RecruiterAbsent)
    assert publish(full, "2027-03-25T12:30") == refusals.RecruiterLimit("day", date(2027, 3, 25), 1, 1)


@pytest.mark.parametrize("starts_at", ["2200-12-31T12:00", "2200-12-31T23:59"])
def test_r2_limits_hold_up_to_the_last_day_there_is(starts_at: str) -> None:
    """Also where the recruiter's clock is a year ahead of the city's."""
    world = history(daily_limit=2, weekly_limit=2, time_zone="Pacific/Kiritimati")

    assert isinstance(publish(world, starts_at), Accepted)


def test_r1_a_long_slot_that_began_the_day_before_is_seen() -> None:
    """Behind shorter ones that began later."""
    day_long = publish(history(), "2027-03-24T13:00", duration_minutes=1_440)
    assert isinstance(day_long, Accepted)
    short = given.slot(OTHER_SLOT, starts_at=datetime(2027, 3, 25, 7, tzinfo=UTC))
    world = [*history(), *day_long.events, msgspec.structs.replace(short, ends_at=short.starts_at.replace(minute=5))]

    decision = publish(world, "2027-03-25T12:30", "another", duration_minutes=5)

    assert isinstance(decision, refusals.RecruiterBusy)
    assert decision.slot_id == some_id("slot")
