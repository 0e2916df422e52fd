"""Candidates: where they stand, what they hold, and their results."""

from datetime import timedelta

import msgspec
import pytest

from events.booking import BookingMissed, BookingRescheduled, OutcomeCorrected
from events.candidate import (
    CandidateAdvanced,
    CandidateHired,
    CandidateRejected,
    CandidateTested,
    CandidateWithdrew,
    ChatLinked,
    ContactChanged,
    TestResultVoided,
)
from events.hold import HoldExpired, HoldReleased
from events.offer import OfferDeclined
from projections.candidates import CANDIDATES, CandidateRow, Held, ResultRow
from tests.projections.folding import rows_after
from tests.support.deciding import (
    BOOKING,
    CANDIDATE,
    HOLD,
    NOW,
    OTHER_SLOT,
    SLOT,
    booked,
    candidate,
    held,
    offered,
    result,
    slot,
    waiting,
)


def after(*events: object) -> CandidateRow:
    """Return the candidate after these events."""
    return rows_after(CANDIDATES, candidate(), *events).get(CandidateRow, CANDIDATE)


def result_after(*events: object) -> ResultRow:
    """Return what counts of the typing test after these events."""
    return rows_after(CANDIDATES, candidate(), *events).get(ResultRow, (CANDIDATE, "typing"))


def test_registered_candidate_is_shown_as_registered() -> None:
    """Name and contact stand as in the event."""
    row = rows_after(CANDIDATES, candidate()).get(CandidateRow, CANDIDATE)

    assert (row.name, row.phone, row.email, row.telegram_id) == ("Kim", "+49301234567", None, "4711")
    assert (row.city_id, row.stage_id, row.locale, row.registered_at) == ("berlin", "screening", "de", NOW)
    assert (row.status, row.reason, row.in_stage_since, row.missed, row.holds) == ("active", None, NOW, 0, {})


def test_result_of_a_test_taken_later_counts() -> None:
    """A later result takes the place of an earlier one."""
    rows = rows_after(CANDIDATES, candidate(), result(days_ago=5), result(passed=False, days_ago=1))

    row = rows.get(ResultRow, (CANDIDATE, "typing"))
    assert (row.score, row.passed, row.changed_at_position) == (20, False, 3)


def test_result_recorded_late_changes_nothing_but_the_position() -> None:
    """The candidate has changed, though what counts has not: a stale `If-Match` must be noticed."""
    newest = result(days_ago=1)

    rows = rows_after(CANDIDATES, candidate(), newest, result(passed=False, days_ago=5))

    row = rows.get(ResultRow, (CANDIDATE, "typing"))
    assert (row.score, row.taken_at, row.changed_at_position) == (newest.score, newest.taken_at, 3)


def test_each_test_has_a_result_of_its_own() -> None:
    """Results of several tests stand side by side."""
    other = msgspec.structs.replace(result("logic"), score=61)

    rows = rows_after(CANDIDATES, candidate(), result(), other)

    assert rows.get(ResultRow, (CANDIDATE, "typing")).score == 80
    assert rows.get(ResultRow, (CANDIDATE, "logic")).score == 61


def test_contact_that_is_left_out_stays_as_it_was() -> None:
    """What is given takes the place of what was, also if it is nothing."""
    row = after(ContactChanged(CANDIDATE, phone=None, email="kim@example.org"))

    assert (row.name, row.phone, row.email, row.locale) == ("Kim", None, "kim@example.org", "de")
    assert row.changed_at_position == 2


def test_candidate_is_sought_by_the_name_and_number_they_have_now() -> None:
    """What changes is found under its new form, the rest as before."""
    registered, renamed = after(), after(ContactChanged(CANDIDATE, name="Kím Łopez"))
    moved, gone = after(ContactChanged(CANDIDATE, phone="0049 170-1")), after(ContactChanged(CANDIDATE, phone=None))

    assert (registered.search_name, registered.phone_digits) == (" kim", "49301234567")
    assert (renamed.search_name, renamed.phone_digits) == (" kim lopez", "49301234567")
    assert (moved.search_name, moved.phone_digits, gone.phone_digits) == (" kim", "491701", None)


def test_chat_is_the_one_linked_last() -> None:
    """The bot talks with a candidate in one chat."""
    assert after(ChatLinked(CANDIDATE, "4712")).telegram_id == "4712"


def test_candidate_who_advances_is_in_the_new_stage_since_then() -> None:
    """The status stays."""
    row = after(CandidateAdvanced(CANDIDATE, "screening", "interview", None))

    assert (row.stage_id, row.in_stage_since, row.status) == ("interview", NOW, "active")


@pytest.mark.parametrize(
    ("end", "status", "reason"),
    [
        (CandidateRejected(CANDIDATE, "no licence"), "rejected", "no licence"),
        (CandidateWithdrew(CANDIDATE, None), "withdrawn", None),
        (CandidateHired(CANDIDATE, "starts in May"), "hired", "starts in May"),
    ],
    ids=["rejected", "withdrawn", "hired"],
)
def test_candidate_who_leaves_the_process_stays_in_their_stage(
    end: msgspec.Struct, status: str, reason: str | None
) -> None:
    """The board shows where they stood."""
    row = after(end)

    assert (row.status, row.reason, row.stage_id) == (status, reason, "screening")


def test_misses_are_those_of_the_candidate_that_stand() -> None:
    """One that was corrected does not count, one that was corrected into does; those of recruiters never do."""
    theirs = BookingMissed(BOOKING, CANDIDATE, "candidate", "recorded", "recruiter")
    others = BookingMissed(BOOKING, CANDIDATE, "recruiter", "recorded", "recruiter")
    undone = OutcomeCorrected(BOOKING, CANDIDATE, "candidate-missed", "attended", 5, "was late", "admin")
    done = OutcomeCorrected(BOOKING, CANDIDATE, "recruiter-missed", "candidate-missed", 0, "mixed up", "admin")
    again = OutcomeCorrected(BOOKING, CANDIDATE, "candidate-missed", "candidate-missed", 0, "typo", "admin")

    counts = [
        after(*events).missed for events in ([theirs], [others], [theirs, undone], [others, done], [theirs, again])
    ]

    assert counts == [1, 0, 0, 1, 1]


def test_holds_stand_with_their_slot_until_they_end() -> None:
    """One of the candidate's own asking, and one that was offered."""
    own, offer = after(held(slot())), after(waiting(), offered(slot()))
    booking = msgspec.structs.replace(booked(slot()), hold_id=HOLD)
    moved = BookingRescheduled(
        BOOKING, CANDIDATE, OTHER_SLOT, booking.slot, 1, "candidate", None, count=1, override=False, hold_id=HOLD
    )

    ended = [
        after(held(slot()), HoldReleased(HOLD, CANDIDATE, SLOT, "given-back")),
        after(held(slot()), HoldExpired(HOLD, CANDIDATE, SLOT, NOW)),
        after(held(slot()), booking),
        after(booked(slot(OTHER_SLOT)), held(slot()), moved),
        after(waiting(), offered(slot()), OfferDeclined(HOLD, CANDIDATE, SLOT, "berlin", "screening")),
    ]

    assert own.holds == {HOLD: Held(SLOT, NOW + timedelta(minutes=10), offered=False)}
    assert offer.holds == {HOLD: Held(SLOT, NOW + timedelta(minutes=60), offered=True)}
    assert [row.holds for row in ended] == [{}] * 5


def test_voided_result_gives_way_to_the_one_before_it() -> None:
    """It stays in the history with the reason; where none is left, nothing counts."""
    old, new = result(passed=False, days_ago=5), result(days_ago=1)
    void_new = TestResultVoided(CANDIDATE, "typing", new.taken_at, "cheated")
    void_old = TestResultVoided(CANDIDATE, "typing", old.taken_at, "wrong person")

    one_left = result_after(old, new, void_new)
    none_left = result_after(old, new, void_new, void_old)

    assert (one_left.score, one_left.taken_at, one_left.changed_at_position) == (20, old.taken_at, 4)
    assert [each.voided for each in one_left.history] == [None, "cheated"]
    assert (none_left.score, none_left.passed, none_left.taken_at) == (None, None, None)
    assert [each.voided for each in none_left.history] == ["wrong person", "cheated"]


def test_of_results_taken_in_one_instant_the_last_recorded_is_voided() -> None:
    """The same as in the rules: what counted does not count any more."""
    first = result()
    second: CandidateTested = msgspec.structs.replace(first, score=90)

    row = result_after(first, second, TestResultVoided(CANDIDATE, "typing", first.taken_at, "cheated"))

    assert (row.score, [(each.score, each.voided) for each in row.history]) == (80, [(80, None), (90, "cheated")])


def test_whatever_happens_to_a_candidate_moves_their_position() -> None:
    """`If-Match` is compared with the last event under their tag."""
    history = [result(), waiting(), held(slot()), booked(slot(OTHER_SLOT)), ChatLinked(CANDIDATE, "4712")]

    positions = [after(*history[:length]).changed_at_position for length in range(len(history) + 1)]

    assert positions == [1, 2, 3, 4, 5, 6]
