"""Cities, recruiters, stages and tests."""

from datetime import timedelta

import msgspec

from events.city import CityChanged, QuietHours
from events.recruiter import AbsenceRecorded, RecruiterChanged, RecruiterDeactivated
from projections.directory import DIRECTORY, AbsenceRow, CityRow, RecruiterRow, StageRow, TestRow
from tests.projections.folding import rows_after
from tests.support.deciding import NOW, POLICY, RECRUITER, city, recruiter, stage, typing_test


def test_open_city_is_listed() -> None:
    """With its clock and its quiet hours."""
    opened = msgspec.structs.replace(city(), quiet_hours=QuietHours("22:00", "08:00"))

    row = rows_after(DIRECTORY, opened).get(CityRow, "berlin")

    assert row == CityRow("berlin", "Berlin", "Europe/Berlin", "de", QuietHours("22:00", "08:00"), 1)


def test_deactivated_recruiter_stays_listed() -> None:
    """Those who were booked with them still want to know who they are."""
    rows = rows_after(DIRECTORY, recruiter(min_gap_minutes=15), RecruiterDeactivated(RECRUITER, "left"))

    row = rows.get(RecruiterRow, RECRUITER)
    assert row == RecruiterRow(
        RECRUITER,
        "Anna",
        ("berlin",),
        15,
        None,
        None,
        "Europe/Berlin",
        active=False,
        search_name=" anna",
        changed_at_position=2,
    )


def test_changed_city_and_recruiter_are_listed_as_they_are() -> None:
    """The change says all of it."""
    moved = CityChanged("berlin", "Berlin", "Europe/Paris", "fr", None)
    busier = RecruiterChanged(RECRUITER, "Anna B.", ("berlin", "rome"), 5, 4, 20, "Europe/Rome")

    rows = rows_after(DIRECTORY, city(), recruiter(), moved, busier)

    assert rows.get(CityRow, "berlin") == CityRow("berlin", "Berlin", "Europe/Paris", "fr", None, 3)
    assert rows.get(RecruiterRow, RECRUITER) == RecruiterRow(
        RECRUITER,
        "Anna B.",
        ("berlin", "rome"),
        5,
        4,
        20,
        "Europe/Rome",
        active=True,
        search_name=" anna b",
        changed_at_position=4,
    )


def test_absences_are_kept_one_by_one() -> None:
    """Each changes the recruiter."""
    away = AbsenceRecorded(RECRUITER, NOW, NOW + timedelta(days=1), "holiday")
    again = AbsenceRecorded(RECRUITER, NOW + timedelta(days=7), NOW + timedelta(days=8), None)

    rows = rows_after(DIRECTORY, recruiter(), away, again)

    assert rows.get(AbsenceRow, 2) == AbsenceRow(2, RECRUITER, away.from_, away.to, "holiday", 2)
    assert rows.get(AbsenceRow, 3) == AbsenceRow(3, RECRUITER, again.from_, again.to, None, 3)
    assert rows.get(RecruiterRow, RECRUITER).changed_at_position == 3


def test_newest_version_of_a_stage_is_listed() -> None:
    """Every definition takes the place of the one before it."""
    newer = msgspec.structs.replace(POLICY, max_active=7)

    row = rows_after(DIRECTORY, stage(), stage(policy=newer, version=2)).get(StageRow, "screening")

    assert (row.version, row.policy, row.changed_at_position) == (2, newer, 2)


def test_defined_test_is_listed() -> None:
    """With what a pass takes."""
    row = rows_after(DIRECTORY, typing_test()).get(TestRow, "typing")

    assert row == TestRow("typing", "Typing", 100, 60, 90, 1)
