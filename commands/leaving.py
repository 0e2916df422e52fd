"""What somebody leaves behind who leaves a stage, or the process: seats that are booked, held or waited for.

All of it is released in the append that says they left, before the fact itself: at no position of the log does
anybody keep a seat of a stage that they are not in any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from commands.decision import Accepted, Context, Decision, View
from commands.holding import ended, read_holds
from commands.refusals import CandidateGone, Erased, UnknownCandidate
from commands.standing import cancelled
from events import tags
from events.booking import BOOKING
from events.candidate import CANDIDATE, CandidateStatus, RegisteredCandidate
from events.codec import Event
from events.entity import Absent
from events.hold import HOLD, StandingHold
from events.slot import SLOT, SeatHold
from events.waitlist import WAITLIST, WaitlistLeft

Left = Literal["stage-left", "candidate-left"]


def leave_process(left: Event, candidate_id: UUID, status: CandidateStatus, view: View, context: Context) -> Decision:
    """A process ends once, by the fact `left`. The same end again is accepted, with nothing to do."""
    (candidate,) = view.of(CANDIDATE.at(tags.candidate(candidate_id)))
    ids = {"candidate_id": candidate_id}
    if isinstance(candidate, Absent):
        return UnknownCandidate(candidate_id)
    if candidate.status == status:
        return Accepted((), ids)
    if candidate.status == "erased":
        return Erased(candidate_id)
    if candidate.status != "active":
        return CandidateGone(candidate.status)
    return Accepted((*leave_everything(candidate, view, context), left), ids)


def leave_everything(candidate: RegisteredCandidate, view: View, context: Context) -> tuple[Event, ...]:
    """Release all seats to come and all waits, and read all that this changes."""
    return _released(candidate, "candidate-left", None, view, context)


def leave_stage(candidate: RegisteredCandidate, view: View, context: Context) -> tuple[Event, ...]:
    """Release the seats of the stage that the candidate is in, and read all that this changes."""
    return _released(candidate, "stage-left", candidate.stage_id, view, context)


def _released(
    candidate: RegisteredCandidate, left: Left, stage_id: str | None, view: View, context: Context
) -> tuple[Event, ...]:
    """Release what is of one stage, or of every one where none is named."""
    booked = [
        (booking_id, slot)
        for booking_id, slot in candidate.booked.items()
        if slot.starts_at > context.now and stage_id in {None, slot.stage_id}
    ]
    holds = [hold for hold in _standing(candidate, view) if stage_id in {None, hold.slot.stage_id}]
    # In an order of their own: a set has none, and the same decision gives the same facts in every process.
    waits = sorted(wait for wait in candidate.waits if stage_id in {None, wait[1]})
    seats = [slot for _, slot in booked] + [hold.slot for hold in holds]
    view.all([SLOT.at(tags.slot(slot.slot_id)) for slot in seats])
    view.all([BOOKING.at(tags.booking(booking_id)) for booking_id, _ in booked])
    view.all([WAITLIST.at(tags.waitlist(*wait)) for wait in waits])
    return (
        *(cancelled(booking_id, candidate.candidate_id, slot, left, None, context) for booking_id, slot in booked),
        *_ended(holds, view, context),
        # After the offers, which end within the list.
        *(WaitlistLeft(candidate.candidate_id, *wait, left) for wait in waits),
    )


def _standing(candidate: RegisteredCandidate, view: View) -> list[StandingHold]:
    holds = view.all([HOLD.at(tags.hold(hold_id)) for hold_id in candidate.holds])
    return [hold for hold in holds if isinstance(hold, StandingHold)]


def _ended(holds: Iterable[StandingHold], view: View, context: Context) -> list[Event]:
    facts: list[Event] = []
    for hold in holds:
        seat = SeatHold(hold.hold_id, hold.candidate_id, hold.expires_at, hold.offered)
        read_holds(view, hold.slot, (seat,))
        facts.append(ended(seat, hold.slot, "candidate-left", context.now))
    return facts
