"""Candidates and their results."""

import msgspec

from projections.candidates import CANDIDATES, CandidateRow, ResultRow
from tests.projections.folding import rows_after
from tests.support.deciding import CANDIDATE, NOW, candidate, result


def test_registered_candidate_is_shown_as_registered() -> None:
    """Name and contact stand as in the event."""
    row = rows_after(CANDIDATES, candidate()).get(CandidateRow, CANDIDATE)

    assert (row.name, row.phone, row.email, row.telegram_id) == ("Kim", "+49301234567", None, "4711")
    assert (row.city_id, row.stage_id, row.locale, row.registered_at) == ("berlin", "screening", "de", NOW)


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
