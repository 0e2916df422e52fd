"""A recruiter in Berlin and series of theirs: what happened, what is asked, what came of it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from commands.actor import Actor
from commands.change_series import ChangeSeries
from commands.decision import Accepted, Decision
from commands.end_series import EndSeries
from commands.publish_series import PublishSeries
from events.codec import Event
from events.series import OccurrenceSkipped, OccurrenceWithdrawn
from events.slot import SlotCancelled, SlotPublished
from tests.support import deciding
from tests.support.deciding import ADMIN, NOW, RECRUITER, some_id

SERIES = some_id("series")
MONDAYS = "FREQ=WEEKLY;BYDAY=MO;COUNT=3"
THE_MONDAYS = ("2027-03-08T10:00:00", "2027-03-15T10:00:00", "2027-03-22T10:00:00")
AFTER_THE_FIRST = datetime(2027, 3, 8, 12, tzinfo=UTC)


def world(*more: Event, time_zone: str = "Europe/Berlin", **recruiter: Any) -> list[Event]:
    """A city, a stage of half an hour and a recruiter."""
    city = deciding.city(time_zone=time_zone)
    return [city, deciding.stage(), msgspec.structs.replace(deciding.recruiter(), **recruiter), *more]


def publish(
    events: deciding.History,
    starts_at: str = "2027-03-08T10:00",
    rrule: str = MONDAYS,
    actor: Actor = ADMIN,
    now: datetime = NOW,
    **body: Any,
) -> Decision:
    """Decide one publication of the series."""
    command = PublishSeries(RECRUITER, "berlin", "screening", starts_at, rrule, **{"series_id": SERIES, **body})
    return deciding.decide(events, command, actor, now)


def change(events: deciding.History, actor: Actor = ADMIN, now: datetime = NOW, **body: Any) -> Decision:
    """Decide one change of the series."""
    return deciding.decide(events, ChangeSeries(SERIES, **body), actor, now)


def end(events: deciding.History, actor: Actor = ADMIN, now: datetime = NOW, from_: str | None = None) -> Decision:
    """Decide the end of the series."""
    return deciding.decide(events, EndSeries(SERIES, "moved away", from_), actor, now)


def accepted(decision: Decision) -> Accepted:
    """Return a decision that has to be a yes."""
    assert isinstance(decision, Accepted), decision
    return decision


def after(events: Iterable[Event], decision: Decision) -> list[Event]:
    """Go on with what a decision wrote."""
    return [*events, *accepted(decision).events]


def published(decision: Decision) -> list[SlotPublished]:
    """Return the slots that a decision offers."""
    return [event for event in accepted(decision).events if isinstance(event, SlotPublished)]


def local_starts(decision: Decision) -> list[str]:
    """Return when those slots start, on the wall."""
    return [slot.local_start for slot in published(decision)]


def keys(decision: Decision) -> list[str]:
    """Return which occurrences those slots stand for."""
    return [str(slot.occurrence) for slot in published(decision)]


def withdrawn(decision: Decision) -> list[str]:
    """Return the occurrences that were withdrawn."""
    return [event.occurrence for event in accepted(decision).events if isinstance(event, OccurrenceWithdrawn)]


def kept(decision: Decision) -> list[str]:
    """Return the occurrences that were kept because somebody has a seat."""
    return [each.occurrence for each in accepted(decision).report["kept"]]


def recorded_skips(decision: Decision) -> dict[str, str]:
    """Return the reasons that were recorded, by occurrence."""
    skips = (event for event in accepted(decision).events if isinstance(event, OccurrenceSkipped))
    return {skip.occurrence: skip.reason for skip in skips}


def reported_skips(decision: Decision) -> dict[str, str]:
    """Return the reasons that were told, by occurrence."""
    return {skip.occurrence: skip.reason for skip in accepted(decision).report["skipped"]}


def mondays() -> tuple[list[Event], list[SlotPublished]]:
    """A series of three Mondays at ten, and its slots."""
    decision = publish(world())
    return after(world(), decision), published(decision)


def cancelled(slot: SlotPublished, reason: str = "ill") -> SlotCancelled:
    """A slot taken back by hand."""
    return SlotCancelled(slot.slot_id, slot.recruiter_id, slot.starts_at, slot.ends_at, reason)


def booked(slot: SlotPublished, name: str = "candidate") -> list[Event]:
    """Somebody who has a booking of a slot of the series."""
    person = some_id(name)
    return [deciding.candidate(person), deciding.booked(_alone(slot), some_id(f"booking of {name}"), person)]


def held(slot: SlotPublished, minutes: int, name: str) -> list[Event]:
    """Somebody who has a hold for so many minutes more, or had one until so many ago."""
    person = some_id(name)
    hold = deciding.held(_alone(slot), some_id(f"hold of {name}"), person, timedelta(minutes=minutes))
    return [deciding.candidate(person), hold]


def _alone(slot: SlotPublished) -> SlotPublished:
    """A slot that can be folded without its series."""
    return msgspec.structs.replace(slot, series_id=None, occurrence=None)
