"""Which slots can follow the clock on the wall to another instant, when many of them move at once.

R1 and C1 are asked of the world as it will be: a slot may move into the place that another one leaves. What has to
stay where it is may be in the way of others, which then have to stay as well; so the question is put again until
nobody is in anybody's way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from commands.decision import Refusal
from commands.refusals import CandidateBusy, RecruiterBusy
from events.candidate import RegisteredCandidate
from events.local_time import LocalStart
from events.slot import ClosedSlot, Interval, OpenSlot


class Move(NamedTuple):
    """A slot, and the start that its wall time means now."""

    slot: OpenSlot | ClosedSlot
    start: LocalStart

    @property
    def slot_id(self) -> UUID:
        """Name the slot."""
        return self.slot.details.slot_id

    @property
    def interval(self) -> Interval:
        """Tell when the slot will be; it lasts as long as ever, in elapsed time."""
        duration = self.slot.details.ends_at - self.slot.details.starts_at
        return Interval(self.slot_id, self.start.starts_at, self.start.starts_at + duration)


class Surroundings(NamedTuple):
    """What the slots move in: a recruiter's intervals by slot id, the gap after each, who is booked, and the time."""

    agenda: Mapping[UUID, Interval]
    gap: timedelta
    candidates: Mapping[UUID, RegisteredCandidate]
    now: datetime


class _Clash(NamedTuple):
    """A slot that cannot move while another one is where it is or will be."""

    slot_id: UUID
    other_id: UUID
    refusal: Refusal


def stuck(moves: Sequence[Move], around: Surroundings) -> dict[UUID, Refusal]:
    """Name the slots that cannot move, each with the rule that says no; all the others can, together."""
    staying: dict[UUID, Refusal] = {}
    while True:
        moving = {move.slot_id: move for move in moves if move.slot_id not in staying}
        clashes = [*_candidates_busy(moving, around), *_recruiter_busy(moving, around)]
        if not clashes:
            return staying
        # Of two that move into each other's way one stays; but first those whose way is blocked for certain.
        certain = [clash for clash in clashes if clash.other_id not in moving]
        staying.update({clash.slot_id: clash.refusal for clash in certain or clashes})


def _recruiter_busy(moving: Mapping[UUID, Move], around: Surroundings) -> Iterator[_Clash]:
    """R1 on `[starts_at, ends_at + gap)`: where any two overlap, so do two that follow one another."""
    places = {**around.agenda, **{slot_id: move.interval for slot_id, move in moving.items()}}
    in_order = sorted(places.values(), key=lambda each: (each.starts_at, each.slot_id))
    for earlier, later in pairwise(in_order):
        stays, other = (later, earlier) if later.slot_id in moving else (earlier, later)
        if stays.slot_id in moving and later.starts_at < earlier.ends_at + around.gap:
            minutes = int(around.gap / timedelta(minutes=1))
            busy = RecruiterBusy(other.slot_id, other.starts_at, other.ends_at, minutes)
            yield _Clash(stays.slot_id, other.slot_id, busy)


def _candidates_busy(moving: Mapping[UUID, Move], around: Surroundings) -> Iterator[_Clash]:
    """C1 for everybody who is booked. Slots that move along have the same recruiter: R1 keeps those apart."""
    for move in moving.values():
        starts_at, ends_at = move.interval.starts_at, move.interval.ends_at
        for candidate_id in move.slot.bookings:
            for booking_id, other in around.candidates[candidate_id].active(around.now):
                if other.slot_id not in moving and other.starts_at < ends_at and starts_at < other.ends_at:
                    busy = CandidateBusy(booking_id, other.starts_at, other.ends_at)
                    yield _Clash(move.slot_id, other.slot_id, busy)
