"""Cities, recruiters, stages and tests."""

import msgspec

from events.city import QuietHours
from events.recruiter import RecruiterDeactivated
from projections.directory import DIRECTORY, CityRow, RecruiterRow, StageRow, TestRow
from tests.projections.folding import rows_after
from tests.support.deciding import POLICY, RECRUITER, city, recruiter, stage, typing_test


def test_open_city_is_listed() -> None:
    """With its clock and its quiet hours."""
    opened = msgspec.structs.replace(city(), quiet_hours=QuietHours("22:00", "08:00"))

    row = rows_after(DIRECTORY, opened).get(CityRow, "berlin")

    assert row == CityRow("berlin", "Berlin", "Europe/Berlin", "de", QuietHours("22:00", "08:00"), 1)


def test_deactivated_recruiter_stays_listed() -> None:
    """Those who were booked with them still want to know who they are."""
    rows = rows_after(DIRECTORY, recruiter(min_gap_minutes=15), RecruiterDeactivated(RECRUITER, "left"))

    row = rows.get(RecruiterRow, RECRUITER)
    assert row == RecruiterRow(RECRUITER, "Anna", ("berlin",), 15, None, None, active=False, changed_at_position=2)


def test_newest_version_of_a_stage_is_listed() -> None:
    """Every definition takes the place of the one before it."""
    newer = msgspec.structs.replace(POLICY, max_active=7)

    row = rows_after(DIRECTORY, stage(), stage(policy=newer, version=2)).get(StageRow, "screening")

    assert (row.version, row.policy, row.changed_at_position) == (2, newer, 2)


def test_defined_test_is_listed() -> None:
    """With what a pass takes."""
    row = rows_after(DIRECTORY, typing_test()).get(TestRow, "typing")

    assert row == TestRow("typing", "Typing", 100, 60, 90, 1)
