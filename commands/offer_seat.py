"""Offer a free seat to whoever waits first: by priority, then by age."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Final
from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, Refusal, View
from commands.holding import find_seat
from commands.refusals import NobodyWaiting, SlotWithdrawn, TooSoon, UnknownStage
from commands.seating import commitment_rules, cooldown_rules, notice_rules, seat_rules, stage_rules
from commands.standing import own_slot
from events import tags
from events.candidate import CANDIDATE, RegisteredCandidate
from events.entity import Absent
from events.hold import HOLD
from events.offer import SeatOffered, Skipped
from events.recruiter import RECRUITER
from events.slot import CancelledSlot, ClosedSlot, OpenSlot
from events.stage import STAGE, StageDefined
from events.waitlist import WAITLIST, Waiting

AT_ONCE: Final = 20


class OfferSeat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `offer-seat`. How long the offer stands is the stage's `offer_minutes`, but it ends with the notice."""

    slot_id: UUID


def decide(command: OfferSeat, view: View, context: Context) -> Decision:
    """S1, S3, R1, R2, B1 for the slot; who waits is gone through in order, and whom a rule forbids is skipped."""
    slot = own_slot(command.slot_id, view, context)
    if isinstance(slot, Refusal):
        return slot
    if isinstance(slot, CancelledSlot):
        return SlotWithdrawn(command.slot_id)
    stage, recruiter, waitlist = view.of(
        STAGE.at(tags.stage(slot.details.stage_id)),
        RECRUITER.at(tags.recruiter(slot.details.recruiter_id)),
        WAITLIST.at(tags.waitlist(slot.details.city_id, slot.details.stage_id)),
    )
    if isinstance(stage, Absent):
        return UnknownStage(slot.details.stage_id)
    policy, now = stage.latest.policy, context.now
    rules = chain(seat_rules(slot, None, recruiter, now), notice_rules(slot.details, policy, now))
    if refusal := next(rules, None):
        return refusal
    last_call = slot.details.starts_at - timedelta(minutes=policy.min_notice_minutes)
    if last_call <= now:
        return TooSoon(slot.details.starts_at, policy.min_notice_minutes)
    skipped: list[Skipped] = []
    for rank, (waiting, candidate) in enumerate(_in_turn(waitlist.in_order(), view), 1):
        if code := _skip_code(waiting, candidate, slot, stage.latest, now):
            skipped.append(Skipped(waiting.candidate_id, code))
            continue
        hold_id = context.new_id("hold")
        view.new(HOLD.at(tags.hold(hold_id)))
        seat = find_seat(slot, waiting.candidate_id, view, now)
        expires_at = min(now + timedelta(minutes=policy.offer_minutes), last_call)
        offered = SeatOffered(
            hold_id, waiting.candidate_id, slot.details, rank, tuple(skipped), expires_at, stage.latest.version
        )
        ids = {"offer_id": hold_id, "candidate_id": waiting.candidate_id}
        return Accepted((*seat.before, offered), ids, {"expires_at": expires_at})
    return NobodyWaiting(tuple(skipped))


def _in_turn(order: Sequence[Waiting], view: View) -> Iterator[tuple[Waiting, RegisteredCandidate]]:
    """Go through those who wait, with what is known of them, and read no further ahead than needed."""
    for start in range(0, len(order), AT_ONCE):
        part = order[start : start + AT_ONCE]
        candidates = view.all([CANDIDATE.at(tags.candidate(waiting.candidate_id)) for waiting in part])
        for waiting, candidate in zip(part, candidates, strict=True):
            if not isinstance(candidate, Absent):
                yield waiting, candidate


def _skip_code(
    waiting: Waiting, candidate: RegisteredCandidate, slot: OpenSlot | ClosedSlot, stage: StageDefined, now: datetime
) -> str | None:
    if not waiting.wants(slot.details.starts_at):
        return "outside-window"
    if slot.details.slot_id in waiting.passed:
        return "passed-before"
    if waiting.offer is not None:
        return "offer-open"
    if (own := slot.holds.get(waiting.candidate_id)) and own.expires_at > now:
        return "holding"
    rules = chain(
        commitment_rules(slot.details, candidate.active(now), stage.policy),
        cooldown_rules(candidate, stage.policy, now),
        stage_rules(candidate, stage, now),
    )
    refusal = next(rules, None)
    return None if refusal is None else refusal.code
