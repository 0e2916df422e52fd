"""Series: slots that recur by a rule in the city's wall time, and which of them are there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, assert_never
from uuid import UUID

import msgspec

from events import tags
from events.city import Slug
from events.entity import ABSENT, Absent, Entity, expect
from events.slot import SlotPublished


class Split(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Each occurrence is cut into `count` slots with `gap_minutes` between them."""

    count: Annotated[int, msgspec.Meta(ge=1, le=96)]
    gap_minutes: Annotated[int, msgspec.Meta(ge=0, le=1_440)] = 0


class SeriesPlan(msgspec.Struct, frozen=True):
    """What recurs. `dtstart` and `exdates` are wall times in `zone`, `rrule` is the value of an RFC 5545 RRULE."""

    recruiter_id: UUID
    city_id: Slug
    stage_id: Slug
    zone: str
    dtstart: str
    rrule: str
    exdates: tuple[str, ...]
    split: Split | None
    duration_minutes: int
    capacity: int
    location: str | None


class SeriesPublished(msgspec.Struct, frozen=True):
    """A rule by which slots recur. The slots follow as facts of their own."""

    series_id: UUID
    plan: SeriesPlan

    def tags(self) -> tuple[str, ...]:
        """The series begins."""
        return (tags.series(self.series_id),)


class SeriesChanged(msgspec.Struct, frozen=True):
    """Another rule from here on; slots that no longer fit were withdrawn, unless somebody sits in them."""

    series_id: UUID
    plan: SeriesPlan

    def tags(self) -> tuple[str, ...]:
        """The series goes on by another rule."""
        return (tags.series(self.series_id),)


class SeriesEnded(msgspec.Struct, frozen=True):
    """No more slots by this rule."""

    series_id: UUID
    reason: str

    def tags(self) -> tuple[str, ...]:
        """The series is over."""
        return (tags.series(self.series_id),)


class OccurrenceSkipped(msgspec.Struct, frozen=True):
    """The rule gives a time that cannot be offered; `reason` is the code of the rule that says no."""

    series_id: UUID
    occurrence: str
    local_start: str
    reason: str

    def tags(self) -> tuple[str, ...]:
        """The series has looked at this occurrence."""
        return (tags.series(self.series_id),)


class OccurrenceWithdrawn(msgspec.Struct, frozen=True):
    """A slot of the series was cancelled because the series changed or ended; the rule may give it again."""

    series_id: UUID
    occurrence: str
    slot_id: UUID

    def tags(self) -> tuple[str, ...]:
        """The series has one slot less."""
        return (tags.series(self.series_id),)


SeriesEvent = SeriesPublished | SeriesChanged | SeriesEnded | OccurrenceSkipped | OccurrenceWithdrawn | SlotPublished


class RunningSeries(msgspec.Struct, frozen=True):
    """A series by occurrence: the slot that stands for it, or why it was skipped.

    A slot that staff cancelled keeps its occurrence: what was taken back by hand does not come again by itself.
    `withdrawn` counts how often an occurrence was taken back by the series: the next slot gets an id of its own.
    """

    series_id: UUID
    plan: SeriesPlan
    slots: Mapping[str, UUID]
    skipped: Mapping[str, str]
    withdrawn: Mapping[str, int]


class EndedSeries(msgspec.Struct, frozen=True):
    """A series that gives no more slots."""

    series_id: UUID
    plan: SeriesPlan


SeriesState = Absent | RunningSeries | EndedSeries


def evolve(state: SeriesState, event: SeriesEvent) -> SeriesState:
    """Fold one event."""
    match event:
        case SeriesPublished():
            return RunningSeries(event.series_id, event.plan, {}, {}, {})
        case SeriesChanged():
            return msgspec.structs.replace(expect(state, RunningSeries, event), plan=event.plan, skipped={})
        case SeriesEnded():
            return EndedSeries(event.series_id, expect(state, RunningSeries, event).plan)
        case SlotPublished():
            return _published(expect(state, RunningSeries, event), event)
        case OccurrenceSkipped():
            series = expect(state, RunningSeries, event)
            return msgspec.structs.replace(series, skipped={**series.skipped, event.occurrence: event.reason})
        case OccurrenceWithdrawn():
            return _withdrawn(expect(state, RunningSeries, event), event.occurrence)
        case _:
            assert_never(event)


def _published(series: RunningSeries, event: SlotPublished) -> RunningSeries:
    occurrence = event.occurrence or ""
    skipped = {key: reason for key, reason in series.skipped.items() if key != occurrence}
    return msgspec.structs.replace(series, slots={**series.slots, occurrence: event.slot_id}, skipped=skipped)


def _withdrawn(series: RunningSeries, occurrence: str) -> RunningSeries:
    slots = dict(series.slots)  # copied in one step: a series that ends folds this once for each slot
    slots.pop(occurrence, None)
    times = series.withdrawn.get(occurrence, 0) + 1
    return msgspec.structs.replace(series, slots=slots, withdrawn={**series.withdrawn, occurrence: times})


SERIES: Entity[SeriesState] = Entity(ABSENT, evolve)
