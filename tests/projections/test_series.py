"""Series and their occurrences."""

import msgspec

from events.series import (
    OccurrenceSkipped,
    OccurrenceWithdrawn,
    SeriesChanged,
    SeriesEnded,
    SeriesPlan,
    SeriesPublished,
    Split,
)
from projections.series import SERIES_AND_OCCURRENCES, OccurrenceRow, SeriesRow
from tests.projections.folding import rows_after
from tests.support.deciding import NOW, RECRUITER, SLOT, slot, some_id

SERIES = some_id("series")
KEY = "2027-03-02T10:00:00"
OTHER_KEY = "2027-03-09T10:00:00"
PLAN = SeriesPlan(
    RECRUITER, "berlin", "screening", "Europe/Berlin", KEY, "FREQ=WEEKLY", (), Split(2, 5), 30, 1, "Room 4"
)
PUBLISHED = SeriesPublished(SERIES, PLAN)
FIRST = slot(series_id=SERIES, occurrence=KEY)
SKIPPED = OccurrenceSkipped(SERIES, OTHER_KEY, OTHER_KEY, "recruiter-busy")


def test_published_series_runs_by_its_plan() -> None:
    """The rule stands as it was given."""
    row = rows_after(SERIES_AND_OCCURRENCES, PUBLISHED).get(SeriesRow, SERIES)

    assert (row.recruiter_id, row.rrule, row.dtstart, row.split) == (RECRUITER, "FREQ=WEEKLY", KEY, Split(2, 5))
    assert (row.status, row.plan, row.published_at, row.changed_at) == ("running", 1, NOW, NOW)


def test_occurrences_are_slots_or_skipped() -> None:
    """Each says which slot it is, or which rule said no; the series has changed with each."""
    rows = rows_after(SERIES_AND_OCCURRENCES, PUBLISHED, FIRST, SKIPPED)

    first, second = rows.get(OccurrenceRow, (SERIES, KEY)), rows.get(OccurrenceRow, (SERIES, OTHER_KEY))
    assert (first.status, first.slot_id, first.reason, first.local_start.isoformat()) == ("published", SLOT, None, KEY)
    assert (second.status, second.slot_id, second.reason) == ("skipped", None, "recruiter-busy")
    assert rows.get(SeriesRow, SERIES).changed_at_position == 3


def test_withdrawn_occurrence_remembers_its_slot_and_may_come_again() -> None:
    """The rule can give it once more."""
    withdrawn = [PUBLISHED, FIRST, OccurrenceWithdrawn(SERIES, KEY, SLOT)]
    another = msgspec.structs.replace(FIRST, slot_id=some_id("another"))

    gone = rows_after(SERIES_AND_OCCURRENCES, *withdrawn).get(OccurrenceRow, (SERIES, KEY))
    back = rows_after(SERIES_AND_OCCURRENCES, *withdrawn, another).get(OccurrenceRow, (SERIES, KEY))

    assert (gone.status, gone.slot_id) == ("withdrawn", SLOT)
    assert (back.status, back.slot_id) == ("published", some_id("another"))


def test_changed_series_has_another_plan_by_which_occurrences_are_told_apart() -> None:
    """What the old plan skipped counts no more."""
    changed = SeriesChanged(SERIES, msgspec.structs.replace(PLAN, rrule="FREQ=DAILY"))

    rows = rows_after(SERIES_AND_OCCURRENCES, PUBLISHED, SKIPPED, changed, FIRST)

    row = rows.get(SeriesRow, SERIES)
    assert (row.rrule, row.plan, row.changed_at_position) == ("FREQ=DAILY", 2, 4)
    assert rows.get(OccurrenceRow, (SERIES, OTHER_KEY)).plan == 1
    assert rows.get(OccurrenceRow, (SERIES, KEY)).plan == 2


def test_ended_series_says_why() -> None:
    """Its slots stand."""
    rows = rows_after(SERIES_AND_OCCURRENCES, PUBLISHED, FIRST, SeriesEnded(SERIES, "moved away"))

    row = rows.get(SeriesRow, SERIES)
    assert (row.status, row.reason) == ("ended", "moved away")
    assert rows.get(OccurrenceRow, (SERIES, KEY)).status == "published"


def test_slot_of_its_own_is_of_no_series() -> None:
    """Most slots are."""
    rows = rows_after(SERIES_AND_OCCURRENCES, slot())

    assert all(not changed for changed in rows.changed.values())
