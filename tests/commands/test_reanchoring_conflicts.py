"""Re-anchoring many slots at once: which of them can move, and what stays with a reason."""

from datetime import date, timedelta

import msgspec
import pytest

from commands import refusals
from commands.decision import Accepted
from commands.reanchor_slots import Conflict, Moved, ReanchorSlots
from events.booking import BookingReanchored
from tests.commands.reanchoring import (
    HOUR,
    IDS,
    MARCH,
    THIRD_SLOT,
    at,
    booking_of,
    conflicts,
    give_rules,
    history,
    moved,
)
from tests.support import deciding as given
from tests.support.deciding import NOW, OTHER_RECRUITER, OTHER_SLOT, RECRUITER, SLOT, some_id


@pytest.mark.parametrize(("like", "by"), [("Etc/GMT-2", -HOUR), ("Etc/GMT", HOUR)])
def test_r1_is_asked_of_the_agenda_as_it_will_be(monkeypatch: pytest.MonkeyPatch, like: str, by: timedelta) -> None:
    """Three slots back to back move together, each into the place that its neighbour leaves."""
    hours = [at(f"2027-03-02T{hour}:00", some_id(f"at {hour}")) for hour in (10, 11, 12)]
    give_rules(monkeypatch, "Europe/Berlin", like)

    decision = given.decide(history(*hours), MARCH)

    assert moved(decision) == [slot.slot_id for slot in hours]
    assert isinstance(decision, Accepted)
    told: list[Moved] = decision.report["moved"]
    assert [each.starts_at - each.was for each in told] == [by] * 3


@pytest.mark.parametrize(("min_gap_minutes", "ends_before", "busy"), [(0, 0, False), (0, 1, True), (15, 14, True)])
def test_r1_a_slot_that_stays_is_in_the_way(
    monkeypatch: pytest.MonkeyPatch, min_gap_minutes: int, ends_before: int, *, busy: bool
) -> None:
    """A slot given as an instant keeps it; the gap after it stays free."""
    fixed = given.slot(OTHER_SLOT, starts_in=timedelta(hours=22), anchor="instant")
    late = timedelta(minutes=30 + min_gap_minutes - ends_before)
    slot = given.slot(SLOT, timedelta(hours=23) + late, local_start=(NOW + timedelta(days=1) + late).isoformat()[:19])
    give_rules(monkeypatch, "Europe/Berlin", "Etc/GMT-2")

    decision = given.decide(history(fixed, slot, min_gap_minutes=min_gap_minutes), MARCH)

    assert conflicts(decision) == ({SLOT: "recruiter-busy"} if busy else {})
    if busy:
        facts = refusals.RecruiterBusy(OTHER_SLOT, fixed.starts_at, fixed.ends_at, min_gap_minutes).facts()
        assert isinstance(decision, Accepted)
        assert decision.report["conflicts"] == [Conflict(SLOT, "recruiter-busy", facts)]


def test_c1_a_candidate_is_in_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """A booking with somebody else, which stays, is in the way; the slot stays, and so do those behind it."""
    elsewhere = at("2027-03-02T07:00", OTHER_SLOT, zone="UTC", recruiter_id=OTHER_RECRUITER, minutes=90)
    ten, eleven = at("2027-03-02T10:00"), at("2027-03-02T11:00", THIRD_SLOT)
    other = some_id("other booking")
    world = history(elsewhere, ten, eleven, booking_of(ten), booking_of(elsewhere, other))
    give_rules(monkeypatch, "Europe/Berlin", "Etc/GMT-2")

    decision = given.decide(world, MARCH)

    assert conflicts(decision) == {SLOT: "candidate-busy", THIRD_SLOT: "recruiter-busy"}
    assert moved(decision) == []
    assert isinstance(decision, Accepted)
    stuck: list[Conflict] = decision.report["conflicts"]
    assert stuck[0].facts == {
        "booking_id": other,
        "starts_at": elsewhere.starts_at,
        "ends_at": elsewhere.ends_at,
    }


def test_c1_is_asked_of_the_bookings_as_they_will_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both interviews of a candidate move, one into the hour of the other."""
    ten, eleven = at("2027-03-02T10:00"), at("2027-03-02T11:00", OTHER_SLOT)
    world = history(ten, eleven, booking_of(ten), booking_of(eleven, some_id("other booking")))
    give_rules(monkeypatch, "Europe/Berlin", "Etc/GMT-2")

    decision = given.decide(world, MARCH)

    assert moved(decision) == [SLOT, OTHER_SLOT]


def test_everybody_in_a_group_moves_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fact for each of them; one who cannot keeps the whole group where it is."""
    people = [some_id(f"person {number}") for number in range(3)]
    slot = at("2027-03-02T10:00", capacity=3)
    seats = [booking_of(slot, some_id(f"seat {number}"), person) for number, person in enumerate(people)]
    elsewhere = at("2027-03-02T08:30", OTHER_SLOT, zone="UTC", recruiter_id=OTHER_RECRUITER, minutes=15)
    free = [given.recruiter(), slot, *map(given.candidate, people), *seats]
    busy = [*free, elsewhere, booking_of(elsewhere, some_id("elsewhere"), people[2])]
    give_rules(monkeypatch, "Europe/Berlin", "Etc/GMT-2")

    decision = given.decide(free, MARCH)

    assert isinstance(decision, Accepted)
    assert [each.candidate_id for each in decision.events if isinstance(each, BookingReanchored)] == people
    assert conflicts(given.decide(busy, MARCH)) == {SLOT: "candidate-busy"}


def test_a_wall_time_that_does_not_exist_any_more_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were Berlin to change its clocks on the night that Cairo does, an hour after that midnight would be gone."""
    april = ReanchorSlots(RECRUITER, date(2027, 4, 1), date(2027, 4, 30))
    slot = at("2027-04-30T00:30")
    give_rules(monkeypatch, "Europe/Berlin", "Africa/Cairo")

    decision = given.decide(history(slot), april)

    facts = {
        "local_start": "2027-04-30T00:30:00",
        "zone": "Europe/Berlin",
        "nearest": ("2027-04-29T23:59:00", "2027-04-30T01:00:00"),
    }
    report = {"moved": [], "conflicts": [Conflict(SLOT, "no-such-local-time", facts)]}
    assert decision == Accepted((), IDS, report)


def test_s3_a_slot_does_not_move_into_the_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the new rules it has started already, so it starts when people were told."""
    slot = at("2027-03-01T10:30")
    give_rules(monkeypatch, "Europe/Berlin", "Etc/GMT-2")

    decision = given.decide(history(slot), MARCH)

    assert conflicts(decision) == {SLOT: "slot-started"}


def test_slots_of_two_zones_can_change_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """One zone gains an hour while another loses one."""
    berlin, riga = at("2027-03-02T11:00"), at("2027-03-02T11:00", OTHER_SLOT, zone="Europe/Riga")
    give_rules(monkeypatch, "Europe/Berlin", "Etc/GMT-2")
    give_rules(monkeypatch, "Europe/Riga", "Etc/GMT-1")

    decision = given.decide(history(berlin, riga), MARCH)

    assert isinstance(decision, Accepted)
    told: list[Moved] = decision.report["moved"]
    assert told == [
        Moved(OTHER_SLOT, riga.starts_at, berlin.starts_at),
        Moved(SLOT, berlin.starts_at, riga.starts_at),
    ]


def test_of_two_that_move_into_each_others_way_the_later_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the earlier one cannot move anyway: then nobody is in the way of the later."""
    berlin, riga = at("2027-03-02T11:00"), at("2027-03-02T09:30", OTHER_SLOT, zone="Europe/Riga")
    elsewhere = at("2027-03-02T08:40", THIRD_SLOT, zone="UTC", recruiter_id=OTHER_RECRUITER, minutes=10)
    free = history(berlin, riga)
    busy = [*free, elsewhere, booking_of(riga), booking_of(elsewhere, some_id("elsewhere"))]
    give_rules(monkeypatch, "Europe/Berlin", "Etc/GMT-2")
    give_rules(monkeypatch, "Europe/Riga", "Etc/GMT-1")

    one, other = given.decide(free, MARCH), given.decide(busy, MARCH)

    assert (moved(one), conflicts(one)) == ([OTHER_SLOT], {SLOT: "recruiter-busy"})
    assert (moved(other), conflicts(other)) == ([SLOT], {OTHER_SLOT: "candidate-busy"})


def test_c1_holds_over_two_recruiters_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has slots moved by a command of their own; the second finds the candidate where the first put them."""
    berlin = at("2027-03-02T11:00")
    riga = at("2027-03-02T09:30", OTHER_SLOT, zone="Europe/Riga", recruiter_id=OTHER_RECRUITER)
    bookings = booking_of(berlin), booking_of(riga, some_id("other booking"))
    world = history(given.recruiter(OTHER_RECRUITER), berlin, riga, *bookings)
    give_rules(monkeypatch, "Europe/Berlin", "Etc/GMT-2")
    give_rules(monkeypatch, "Europe/Riga", "Etc/GMT-1")

    first = given.decide(world, msgspec.structs.replace(MARCH, recruiter_id=OTHER_RECRUITER))
    assert isinstance(first, Accepted)
    second = given.decide([*world, *first.events], MARCH)

    assert moved(first) == [OTHER_SLOT]
    assert (moved(second), conflicts(second)) == ([], {SLOT: "candidate-busy"})
