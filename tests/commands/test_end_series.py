"""Ending a series: what lies ahead is withdrawn, but for seats that are taken."""

import pytest

from commands import refusals
from commands.decision import Accepted
from events.recruiter import RecruiterDeactivated
from events.series import SeriesEnded, Split
from tests.support import a_series as given
from tests.support.a_series import (
    AFTER_THE_FIRST,
    SERIES,
    THE_MONDAYS,
    accepted,
    end,
    kept,
    mondays,
    publish,
    withdrawn,
    world,
)
from tests.support.deciding import RECRUITER, STRANGER


def test_the_end_of_a_series_withdraws_what_lies_ahead_but_for_seats_that_are_taken() -> None:
    """The end is the last fact; slots that have started stay."""
    events, (_, second, _) = mondays()
    taken = [*events, *given.booked(second)]

    decision = accepted(end(taken, now=AFTER_THE_FIRST))

    assert withdrawn(decision) == [THE_MONDAYS[2]]
    assert kept(decision) == [THE_MONDAYS[1]]
    assert decision.events[-1] == SeriesEnded(SERIES, "moved away")
    assert decision.report["withdrawn"] == 1


@pytest.mark.parametrize(
    ("from_", "gone"),
    [
        ("2027-03-15T10:00", THE_MONDAYS[1:]),
        ("2027-03-15T09:00:01Z", THE_MONDAYS[2:]),
        ("2020-01-01T00:00", THE_MONDAYS),
    ],
)
def test_a_series_ends_from_a_wall_time_or_an_instant_on(from_: str, gone: tuple[str, ...]) -> None:
    """A slot that starts then is withdrawn; one before stays."""
    events, _ = mondays()

    assert withdrawn(end(events, from_=from_)) == list(gone)


def test_a_series_that_ends_from_a_time_long_ago_on_leaves_slots_that_have_started() -> None:
    """S3: nothing happens on them."""
    events, _ = mondays()

    decision = end(events, now=AFTER_THE_FIRST, from_="2020-01-01T00:00")

    assert withdrawn(decision) == list(THE_MONDAYS[1:])


def test_slots_of_an_occurrence_that_began_half_a_year_ago_are_withdrawn_too() -> None:
    """An occurrence may be split into 96 slots two days apart, of which the last starts 190 days after the first."""
    split = publish(world(), rrule="FREQ=DAILY;COUNT=1", split=Split(96, 1_440), duration_minutes=1_440)
    events = given.after(world(), split)

    decision = end(events, now=given.published(split)[-2].starts_at)

    assert withdrawn(decision) == ["2027-03-08T10:00:00/96"]


def test_ending_a_series_again_is_accepted_with_nothing_to_do() -> None:
    """Once ended it gives nothing more."""
    events, _ = mondays()

    again = end(given.after(events, end(events)))

    assert again == Accepted((), {"series_id": SERIES})


def test_a_series_that_is_ended_is_there_and_ones_own() -> None:
    """Each is named, and so is a malformed time."""
    events, _ = mondays()
    malformed = end(events, from_="later")

    assert end(world()) == refusals.UnknownSeries(SERIES)
    assert isinstance(end(events, STRANGER), refusals.Forbidden)
    assert isinstance(malformed, refusals.MalformedLocalTime)
    assert malformed.field == "from"
    assert isinstance(end(events, from_="2027-03-28T02:30"), refusals.NoSuchWallTime)


def test_the_series_of_a_recruiter_who_left_can_be_ended() -> None:
    """Its slots are to go."""
    events, _ = mondays()

    assert withdrawn(end([*events, RecruiterDeactivated(RECRUITER, "left")])) == list(THE_MONDAYS)
