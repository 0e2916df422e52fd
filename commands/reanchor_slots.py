"""Re-anchor a recruiter's slots: what was published by the clock on the wall follows a zone whose rules changed.

The new rules are those of the zone database that this process runs with (see events.local_time).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, Refusal, View
from commands.reanchoring import Move, Surroundings, stuck
from commands.refusals import NoSuchWallTime, SlotStarted, UnknownRecruiter, WindowReversed
from events import tags
from events.booking import BOOKING, BookingReanchored
from events.candidate import CANDIDATE, RegisteredCandidate
from events.codec import Event
from events.entity import Absent
from events.local_time import LocalStart, MalformedTime, NoSuchLocalTime, resolve
from events.recruiter import RECRUITER, ActiveRecruiter, RecruiterState
from events.slot import AGENDA, SLOT, AgendaFreed, ClosedSlot, Interval, OpenSlot, SlotReanchored

MOST_DAYS: Final = 92


class ReanchorSlots(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Body of `reanchor-slots`: the slots that touch the UTC days from `from` to `to`, both included."""

    recruiter_id: UUID
    from_: date
    to: date

    def __post_init__(self) -> None:
        """Check what no single field can tell."""
        if (self.to - self.from_).days >= MOST_DAYS:
            raise ValueError(f"`from` to `to` is more than {MOST_DAYS} days")


class Moved(msgspec.Struct, frozen=True):
    """A slot that has another start; both are in UTC."""

    slot_id: UUID
    was: datetime
    starts_at: datetime


class Conflict(msgspec.Struct, frozen=True):
    """A slot that stays where it is: the code and the facts of the rule that says no."""

    slot_id: UUID
    code: str
    facts: dict[str, Any]


def decide(command: ReanchorSlots, view: View, context: Context) -> Decision:
    """R1 and C1 on the agenda as it will be: what can move does, all at once; what cannot stays, and is reported."""
    if command.to < command.from_:
        return WindowReversed("to")
    (recruiter,) = view.of(RECRUITER.at(tags.recruiter(command.recruiter_id)))
    if isinstance(recruiter, Absent):
        return UnknownRecruiter(command.recruiter_id)
    moves: list[Move] = []
    staying: dict[UUID, Refusal] = {}
    for slot in _slots(command, view, context.now):
        match _start_now(slot, context.now):
            case LocalStart(utc_offset=same) if same == slot.clock.utc_offset:
                pass
            case LocalStart() as start:
                moves.append(Move(slot, start))
            case refusal:
                staying[slot.details.slot_id] = refusal
    staying.update(stuck(moves, _surroundings(moves, recruiter, view, context.now)))
    moving = [move for move in moves if move.slot_id not in staying]
    report = {
        "moved": [Moved(move.slot_id, move.slot.details.starts_at, move.start.starts_at) for move in moving],
        "conflicts": [Conflict(slot_id, refusal.code, refusal.facts()) for slot_id, refusal in staying.items()],
    }
    return Accepted(tuple(_facts(moving)), {"recruiter_id": command.recruiter_id}, report)


def _slots(command: ReanchorSlots, view: View, now: datetime) -> list[OpenSlot | ClosedSlot]:
    """Read the slots to come that were published in wall time, soonest first."""
    first = datetime.combine(command.from_, time.min, UTC)
    last = datetime.combine(command.to, time.max, UTC)
    days = view.all([AGENDA.at(tag) for tag in tags.agenda(command.recruiter_id, first, last)])
    taken = sorted({(each.starts_at, each.slot_id) for day in days for each in day if each.starts_at > now})
    slots = view.all([SLOT.at(tags.slot(slot_id)) for _, slot_id in taken])
    return [slot for slot in slots if isinstance(slot, OpenSlot | ClosedSlot) and slot.clock.anchor == "wall"]


def _start_now(slot: OpenSlot | ClosedSlot, now: datetime) -> LocalStart | NoSuchWallTime | SlotStarted:
    """Work the start out again from what the clock on the wall is to show."""
    details = slot.details
    try:
        start = resolve(details.local_start, details.zone, slot.clock.fold)
    except MalformedTime:  # the second of two equal times, by rules under which it comes once
        start = resolve(details.local_start, details.zone)
    if isinstance(start, NoSuchLocalTime):
        return NoSuchWallTime(start.local_start, start.zone, start.nearest)
    return SlotStarted(start.starts_at) if start.starts_at <= now else start


def _surroundings(moves: Sequence[Move], recruiter: RecruiterState, view: View, now: datetime) -> Surroundings:
    """Read what the slots come from and get into: the recruiter's days, the bookings, and who is booked."""
    gap = recruiter.min_gap if isinstance(recruiter, ActiveRecruiter) else timedelta(0)
    days = view.all([AGENDA.at(tag) for tag in dict.fromkeys(_days(moves, gap))])
    booked = [pair for move in moves for pair in move.slot.bookings.items()]
    view.all([BOOKING.at(tags.booking(booking_id)) for _, booking_id in booked])
    candidates = view.all([CANDIDATE.at(tags.candidate(candidate_id)) for candidate_id, _ in booked])
    return Surroundings(
        {each.slot_id: each for day in days for each in day},
        gap,
        {each.candidate_id: each for each in candidates if isinstance(each, RegisteredCandidate)},
        now,
    )


def _days(moves: Sequence[Move], gap: timedelta) -> Iterator[str]:
    for move in moves:
        recruiter_id, old, new = move.slot.details.recruiter_id, move.slot.details, move.interval
        yield from tags.agenda(recruiter_id, old.starts_at, old.ends_at)
        yield from tags.agenda(recruiter_id, new.starts_at - gap, new.ends_at + gap)


def _facts(moving: Sequence[Move]) -> Iterator[Event]:
    """First all leave their places, so that nobody comes into one that is still taken."""
    for move in moving:
        old = move.slot.details
        yield AgendaFreed(old.slot_id, old.recruiter_id, old.starts_at, old.ends_at)
    for move in moving:
        new = move.interval
        yield _reanchored(move, new)
        snapshot = msgspec.structs.replace(move.slot.details, starts_at=new.starts_at, ends_at=new.ends_at)
        for candidate_id, booking_id in move.slot.bookings.items():
            yield BookingReanchored(booking_id, candidate_id, snapshot)


def _reanchored(move: Move, new: Interval) -> SlotReanchored:
    return SlotReanchored(
        new.slot_id,
        move.slot.details.recruiter_id,
        new.starts_at,
        new.ends_at,
        move.slot.details.starts_at,
        move.slot.clock.utc_offset,
        move.start.utc_offset,
        move.start.tzdb_version,
    )
