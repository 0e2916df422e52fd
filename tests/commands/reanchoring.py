"""Slots that were published by the rules of their zones as they are, and rules that then become others."""

from datetime import date, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from commands.decision import Accepted, Decision
from commands.reanchor_slots import Conflict, Moved, ReanchorSlots
from events import local_time
from events.booking import SlotBooked
from events.local_time import LocalStart, resolve
from events.slot import AgendaFreed, SlotPublished, SlotReanchored
from tests.support import deciding as given
from tests.support.deciding import BOOKING, CANDIDATE, RECRUITER, SLOT, some_id

THIRD_SLOT = some_id("third slot")
HOUR = timedelta(hours=1)
IDS = {"recruiter_id": RECRUITER}
MARCH = ReanchorSlots(RECRUITER, date(2027, 3, 1), date(2027, 3, 31))


def give_rules(monkeypatch: pytest.MonkeyPatch, name: str, like: str) -> None:
    """Give a zone the rules of another one from here on."""
    known = local_time.zone
    with files("tzdata").joinpath("zoneinfo", *like.split("/")).open("rb") as compiled:
        changed = ZoneInfo.from_file(compiled, key=name)
    monkeypatch.setattr(local_time, "zone", lambda asked: changed if asked == name else known(asked))


def at(
    local_start: str,
    slot_id: UUID = SLOT,
    *,
    zone: str = "Europe/Berlin",
    fold: int | None = None,
    minutes: int = 60,
    **changes: Any,
) -> SlotPublished:
    """A slot of an hour that was published by the rules as they are."""
    start = resolve(local_start, zone, fold)
    assert isinstance(start, LocalStart)
    return given.slot(
        slot_id,
        starts_at=start.starts_at,
        ends_at=start.starts_at + timedelta(minutes=minutes),
        zone=zone,
        local_start=start.local_start,
        fold=start.fold,
        utc_offset=start.utc_offset,
        anchor=start.anchor,
        **changes,
    )


def history(*more: Any, min_gap_minutes: int = 0) -> list[Any]:
    """A recruiter and a candidate."""
    return [given.recruiter(min_gap_minutes=min_gap_minutes), given.candidate(), *more]


def moved(decision: Decision) -> list[UUID]:
    """Name the slots that moved, by the facts and by the report alike."""
    assert isinstance(decision, Accepted), decision
    told: list[Moved] = decision.report["moved"]
    written = [event.slot_id for event in decision.events if isinstance(event, SlotReanchored)]
    freed = [event.slot_id for event in decision.events if isinstance(event, AgendaFreed)]
    assert [each.slot_id for each in told] == written == freed
    return written


def conflicts(decision: Decision) -> dict[UUID, str]:
    """Name the slots that stay, each with the code of the rule that says no."""
    assert isinstance(decision, Accepted), decision
    stuck: list[Conflict] = decision.report["conflicts"]
    return {each.slot_id: each.code for each in stuck}


def booking_of(slot: SlotPublished, booking_id: UUID = BOOKING, candidate_id: UUID = CANDIDATE) -> SlotBooked:
    """A seat in a slot."""
    return given.booked(slot, booking_id, candidate_id)
