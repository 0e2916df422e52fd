"""Changing cities and recruiters, and recording absences."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from commands import refusals
from commands.change_city import ChangeCity
from commands.change_recruiter import ChangeRecruiter
from commands.decision import Accepted, Decision, Refusal
from commands.record_absence import RecordAbsence
from commands.register_recruiter import RegisterRecruiter
from events.city import CityChanged, QuietHours
from events.recruiter import AbsenceRecorded, RecruiterChanged, RecruiterDeactivated, RecruiterRegistered
from tests.support import deciding as given
from tests.support.deciding import RECRUITER, RECRUITER_ACTOR, STRANGER, decide

QUIET = QuietHours("22:00", "08:00")
NO_QUIET = b'{"city_id": "berlin", "quiet_hours": null}'
CITY = {"city_id": "berlin"}
IDS = {"recruiter_id": RECRUITER}
LEFT = RecruiterDeactivated(RECRUITER, "left")


def only_event(decision: Decision) -> Any:
    """Return the one event of an acceptance."""
    assert isinstance(decision, Accepted), decision
    (event,) = decision.events
    return event


def test_what_a_change_of_a_city_leaves_out_stays() -> None:
    """The event says all of it."""
    changed = only_event(decide([given.city()], ChangeCity("berlin", name="Spree", quiet_hours=QUIET)))

    assert changed == CityChanged("berlin", "Spree", "Europe/Berlin", "de", QUIET)


def test_null_takes_the_quiet_hours_of_a_city_away() -> None:
    """To leave them out keeps them."""
    quiet = CityChanged("berlin", "Berlin", "Europe/Berlin", "de", QUIET)

    renamed = only_event(decide([given.city(), quiet], ChangeCity("berlin", name="Spree")))
    loud = only_event(decide([given.city(), quiet], msgspec.json.decode(NO_QUIET, type=ChangeCity)))

    assert (renamed.quiet_hours, loud.quiet_hours) == (QUIET, None)


def test_a_change_that_changes_nothing_is_accepted_with_nothing_to_do() -> None:
    """Of a city, and of a recruiter."""
    city = ChangeCity("berlin", name="Berlin", time_zone="Europe/Berlin")
    recruiter = ChangeRecruiter(RECRUITER, name="Anna", daily_limit=None)

    assert decide([given.city()], city) == Accepted((), CITY)
    assert decide([given.city(), given.recruiter()], recruiter) == Accepted((), IDS)


def test_a_city_that_is_changed_is_there_and_has_a_zone_of_the_iana_database() -> None:
    """Each is named."""
    assert decide([], ChangeCity("berlin", name="Spree")) == refusals.UnknownCity("berlin")
    assert decide([given.city()], ChangeCity("berlin", time_zone="CEST")) == refusals.UnknownTimeZone("CEST")


def test_a_recruiters_days_go_by_the_clock_of_their_first_city_unless_another_is_named() -> None:
    """It is pinned in the event: a city that changes its zone later does not move their days."""
    cities = [given.city("tokyo", "Asia/Tokyo"), given.city()]
    command = RegisterRecruiter("Anna", ("tokyo", "berlin"), RECRUITER)

    first = only_event(decide(cities, command))
    named = only_event(decide(cities, msgspec.structs.replace(command, time_zone="Asia/Kathmandu")))
    unknown = decide(cities, msgspec.structs.replace(command, time_zone="Mars/Base"))

    assert isinstance(first, RecruiterRegistered)
    assert (first.time_zone, named.time_zone) == ("Asia/Tokyo", "Asia/Kathmandu")
    assert unknown == refusals.UnknownTimeZone("Mars/Base")


def test_what_a_change_of_a_recruiter_leaves_out_stays_and_null_takes_a_limit_away() -> None:
    """Limits, gap, cities and clock."""
    limited = msgspec.structs.replace(given.recruiter(min_gap_minutes=5), daily_limit=3, weekly_limit=9)
    body = b'{"recruiter_id": "%b", "daily_limit": null, "min_gap_minutes": 10}' % str(RECRUITER).encode()

    changed = only_event(decide([given.city(), limited], msgspec.json.decode(body, type=ChangeRecruiter)))

    assert changed == RecruiterChanged(RECRUITER, "Anna", ("berlin",), 10, None, 9, "Europe/Berlin")


def test_absences_stay_when_a_recruiter_is_changed() -> None:
    """They are no part of what is changed."""
    away = AbsenceRecorded(RECRUITER, datetime(2027, 3, 25, tzinfo=UTC), datetime(2027, 3, 26, tzinfo=UTC), "holiday")
    changed = only_event(decide([given.city(), given.recruiter(), away], ChangeRecruiter(RECRUITER, name="Ann")))

    state = given.states_of([given.recruiter(), away, changed])[f"recruiter:{RECRUITER}"].state

    assert (state.name, len(state.absences)) == ("Ann", 1)


def test_a_recruiter_who_is_changed_is_active_and_works_in_open_cities_by_a_known_clock() -> None:
    """Each is named."""
    world = [given.city(), given.recruiter()]

    assert decide([], ChangeRecruiter(RECRUITER)) == refusals.UnknownRecruiter(RECRUITER)
    assert decide([*world, LEFT], ChangeRecruiter(RECRUITER)) == refusals.RecruiterInactive(RECRUITER)
    assert decide(world, ChangeRecruiter(RECRUITER, city_ids=("paris",))) == refusals.UnknownCity("paris")
    assert decide(world, ChangeRecruiter(RECRUITER, time_zone="CET+1")) == refusals.UnknownTimeZone("CET+1")


def absence(from_: str, to: str, reason: str | None = None) -> RecordAbsence:
    """A body."""
    return RecordAbsence(RECRUITER, from_, to, reason)


def test_an_absence_is_given_by_the_recruiters_clock_or_in_instants() -> None:
    """Both are kept in UTC."""
    in_tokyo = msgspec.structs.replace(given.recruiter(), time_zone="Asia/Tokyo")

    wall = only_event(decide([in_tokyo], absence("2027-03-25T00:00", "2027-03-26T00:00", "holiday")))
    instants = only_event(decide([in_tokyo], absence("2027-03-24T16:00:00+01:00", "2027-03-25T15:00:00Z")))

    begin, end = datetime(2027, 3, 24, 15, tzinfo=UTC), datetime(2027, 3, 25, 15, tzinfo=UTC)
    assert wall == AbsenceRecorded(RECRUITER, begin, end, "holiday")
    assert instants == AbsenceRecorded(RECRUITER, begin, end, None)


def test_the_body_of_an_absence_names_its_ends_from_and_to() -> None:
    """As the contract has it."""
    body = b'{"recruiter_id":"%b","from":"2027-03-25T00:00","to":"2027-03-26T00:00"}' % str(RECRUITER).encode()

    command = msgspec.json.decode(body, type=RecordAbsence)

    assert command == absence("2027-03-25T00:00", "2027-03-26T00:00")
    assert b'"from"' in msgspec.json.encode(command)


def test_the_same_absence_again_is_accepted_with_nothing_to_do_even_when_it_is_over() -> None:
    """A retry does no harm; another absence that overlaps is one more."""
    command = absence("2027-03-25T00:00", "2027-03-26T00:00")
    world = [given.recruiter()]
    recorded = only_event(decide(world, command))

    again = decide([*world, recorded], command)
    late = decide([*world, recorded], command, now=datetime(2027, 4, 1, tzinfo=UTC))
    longer = decide([*world, recorded], absence("2027-03-25T00:00", "2027-03-27T00:00"))

    assert again == late == Accepted((), IDS)
    assert isinstance(only_event(longer), AbsenceRecorded)


@pytest.mark.parametrize(
    ("from_", "to", "refusal"),
    [
        ("2027-03-26T00:00", "2027-03-25T00:00", refusals.WindowReversed("to")),
        ("2027-03-25T00:00", "2027-03-25T00:00", refusals.WindowReversed("to")),
        ("2027-02-01T00:00", "2027-03-01T10:00", refusals.WindowOver("to")),
    ],
)
def test_an_absence_ends_after_it_begins_and_after_now(from_: str, to: str, refusal: Refusal) -> None:
    """Now is ten o'clock in Berlin: what ends then is over."""
    assert decide([given.recruiter()], absence(from_, to)) == refusal


@pytest.mark.parametrize(
    ("from_", "to", "field"),
    [("2027-03-25", "2027-03-26T00:00", "from"), ("2027-03-25T00:00", "tomorrow", "to")],
)
def test_a_malformed_end_of_an_absence_is_named(from_: str, to: str, field: str) -> None:
    """By its name in the body."""
    decision = decide([given.recruiter()], absence(from_, to))

    assert isinstance(decision, refusals.MalformedLocalTime)
    assert decision.field == field


@pytest.mark.parametrize(
    ("from_", "to"), [("2027-03-28T02:30", "2027-03-29T00:00"), ("2027-03-27T00:00", "2027-03-28T02:30")]
)
def test_an_absence_does_not_begin_or_end_at_a_time_that_clocks_skip(from_: str, to: str) -> None:
    """Berlin has no 02:30 on the last Sunday of March."""
    assert isinstance(decide([given.recruiter()], absence(from_, to)), refusals.NoSuchWallTime)


def test_recruiters_record_their_own_absences_while_active() -> None:
    """A colleague's are forbidden."""
    command = absence("2027-03-25T00:00", "2027-03-26T00:00")

    assert isinstance(decide([given.recruiter()], command, RECRUITER_ACTOR), Accepted)
    assert isinstance(decide([given.recruiter()], command, STRANGER), refusals.Forbidden)
    assert decide([], command) == refusals.UnknownRecruiter(RECRUITER)
    assert decide([given.recruiter(), LEFT], command) == refusals.RecruiterInactive(RECRUITER)
