"""Re-anchoring: slots follow the clock on the wall when the rules of a zone change."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from commands import refusals
from commands.decision import Accepted
from commands.reanchor_slots import Moved, ReanchorSlots
from events import local_time, tags
from events.booking import BookingReanchored
from events.recruiter import RecruiterDeactivated
from events.slot import AgendaFreed, SlotCancelled, SlotClosed, SlotReanchored
from tests.commands.reanchoring import HOUR, IDS, MARCH, at, booking_of, conflicts, give_rules, history, moved
from tests.support import deciding as given
from tests.support.deciding import BOOKING, CANDIDATE, RECRUITER, SLOT, some_id


def test_a_slot_keeps_its_wall_time_and_gets_another_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Berlin keeps summer time for good: ten o'clock comes an hour earlier, for the slot and for who is booked."""
    slot = at("2027-03-02T10:00")
    world = history(slot, booking_of(slot))
    give_rules(monkeypatch, "Europe/Berlin", "Etc/GMT-2")

    decision = given.decide(world, MARCH)

    nine, eight = datetime(2027, 3, 2, 9, tzinfo=UTC), datetime(2027, 3, 2, 8, tzinfo=UTC)
    snapshot = msgspec.structs.replace(given.details(slot), starts_at=eight, ends_at=nine)
    assert decision == Accepted(
        (
            AgendaFreed(SLOT, RECRUITER, nine, nine + HOUR),
            SlotReanchored(SLOT, RECRUITER, eight, nine, nine, 3_600, 7_200, local_time.TZDB_VERSION),
            BookingReanchored(BOOKING, CANDIDATE, snapshot),
        ),
        IDS,
        {"moved": [Moved(SLOT, nine, eight)], "conflicts": []},
    )


def test_what_was_moved_is_not_moved_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the same rules there is nothing to do; by the old ones it would all go back."""
    slot = at("2027-03-02T10:00")
    world = history(slot, booking_of(slot))
    by_old_rules = given.decide(world, MARCH)
    give_rules(monkeypatch, "Europe/Berlin", "Etc/GMT-2")
    first = given.decide(world, MARCH)
    assert isinstance(first, Accepted)

    second = given.decide([*world, *first.events], MARCH)

    nothing = Accepted((), IDS, {"moved": [], "conflicts": []})
    assert (by_old_rules, second) == (nothing, nothing)


def test_a_slot_leaves_its_old_days_and_fills_its_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """From one minute after midnight, UTC, to the evening before."""
    slot = at("2027-03-02T01:01")
    world = history(slot)
    old = tags.agenda(RECRUITER, slot.starts_at, slot.ends_at)
    new = tags.agenda(RECRUITER, slot.starts_at - HOUR, slot.ends_at - HOUR)
    give_rules(monkeypatch, "Europe/Berlin", "Etc/GMT-2")

    decision = given.decide(world, MARCH)

    assert isinstance(decision, Accepted)
    after = given.states_of([*world, *decision.events])
    assert [len(after[tag].state) for tag in dict.fromkeys((*old, *new))] == [1, 1]
    assert {interval.starts_at for tag in new for interval in after[tag].state} == {slot.starts_at - HOUR}


def test_a_slot_over_midnight_is_freed_on_both_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on the one that was not asked for."""
    slot = at("2027-03-03T00:30")
    world = history(slot)
    day_asked, day_after = tags.agenda(RECRUITER, slot.starts_at, slot.ends_at)
    give_rules(monkeypatch, "Europe/Berlin", "Etc/GMT-2")

    decision = given.decide(world, ReanchorSlots(RECRUITER, date(2027, 3, 2), date(2027, 3, 2)))

    assert isinstance(decision, Accepted)
    after = given.states_of([*world, *decision.events])
    assert (len(after[day_asked].state), after[day_after].state) == (1, ())


def test_the_second_of_two_equal_times_stays_the_second() -> None:
    """By the same rules it is the same instant."""
    world = history(at("2027-10-31T02:30", fold=1))

    decision = given.decide(world, ReanchorSlots(RECRUITER, date(2027, 10, 31), date(2027, 10, 31)))

    assert decision == Accepted((), IDS, {"moved": [], "conflicts": []})


def test_the_second_of_two_equal_times_is_the_only_one_if_it_comes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a change of clocks in autumn there is one 02:30, an hour before the second one was."""
    slot = at("2027-10-31T02:30", fold=1)
    autumn = ReanchorSlots(RECRUITER, date(2027, 10, 31), date(2027, 10, 31))
    world = history(slot)
    give_rules(monkeypatch, "Europe/Berlin", "Etc/GMT-2")

    decision = given.decide(world, autumn)

    assert isinstance(decision, Accepted)
    assert decision.report["moved"] == [Moved(SLOT, slot.starts_at, slot.starts_at - HOUR)]
    again = given.decide([*world, *decision.events], autumn)
    assert again == Accepted((), IDS, {"moved": [], "conflicts": []})


def test_only_slots_to_come_that_were_given_in_wall_time_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has started, was cancelled, was given as an instant or lies on other days stays; a closed slot moves."""
    started = at("2027-03-01T10:00", some_id("started"))
    instant = at("2027-03-03T10:00:00Z", some_id("instant"))
    gone = at("2027-03-04T10:00", some_id("gone"))
    later = at("2027-04-01T10:00", some_id("later"))
    closed = at("2027-03-05T10:00")
    cancelled = SlotCancelled(gone.slot_id, RECRUITER, gone.starts_at, gone.ends_at, "x")
    world = history(started, instant, gone, cancelled, later, closed, SlotClosed(SLOT, "x"))
    give_rules(monkeypatch, "Europe/Berlin", "Etc/GMT")

    decision = given.decide(world, MARCH)

    assert (moved(decision), conflicts(decision)) == ([SLOT], {})


def test_a_recruiter_who_left_still_has_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    """What they published goes on by the clock on the wall."""
    world = history(at("2027-03-02T10:00"), RecruiterDeactivated(RECRUITER, "left"))
    give_rules(monkeypatch, "Europe/Berlin", "Etc/GMT-2")

    assert moved(given.decide(world, MARCH)) == [SLOT]


def test_who_and_when_must_make_sense() -> None:
    """A recruiter there is, days in their order, and at most 92 of them."""
    backwards = ReanchorSlots(RECRUITER, date(2027, 3, 2), date(2027, 3, 1))
    one_day = ReanchorSlots(RECRUITER, date(2027, 3, 2), date(2027, 3, 2))
    body = {"recruiter_id": str(RECRUITER), "from": "2027-03-01", "to": "2027-05-31"}

    assert given.decide(history(), backwards) == refusals.WindowReversed("to")
    assert given.decide([], one_day) == refusals.UnknownRecruiter(RECRUITER)
    assert msgspec.convert(body, ReanchorSlots).to == date(2027, 5, 31)
    with pytest.raises(msgspec.ValidationError, match="more than 92 days"):
        msgspec.convert({**body, "to": "2027-06-01"}, ReanchorSlots)
