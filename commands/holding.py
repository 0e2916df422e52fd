"""What becomes of held seats: the facts that end a hold, and what those facts change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, NamedTuple
from uuid import UUID

from commands.decision import View
from commands.seating import making_room
from events import tags
from events.booking import SlotSnapshot
from events.candidate import CANDIDATE
from events.codec import Event
from events.hold import HOLD, HoldExpired, HoldReleased, StandingHold
from events.offer import OfferAccepted, OfferDeclined, OfferExpired
from events.slot import SLOT, ClosedSlot, OpenSlot, SeatHold
from events.waitlist import WAITLIST


class Seat(NamedTuple):
    """A seat for the taking: the facts that come before, and the hold of the candidate's own that is used up.

    `ended` are the holds that those facts end.
    """

    before: tuple[Event, ...]
    ended: frozenset[UUID]
    hold_id: UUID | None
    offered: bool


FREE_SEAT: Final = Seat((), frozenset(), None, offered=False)


def find_seat(slot: OpenSlot | ClosedSlot, candidate_id: UUID, view: View, now: datetime) -> Seat:
    """End the holds that stand in the way, in a slot that has room; read all that this changes."""
    if not slot.holds:
        return FREE_SEAT
    ending = making_room(slot, candidate_id, now) or ()
    read_holds(view, slot.details, ending)
    before: list[Event] = [expired(hold, slot.details) for hold in ending]
    own = slot.holds.get(candidate_id)
    if own is None or own in ending:
        return Seat(tuple(before), frozenset(hold.hold_id for hold in ending), None, offered=False)
    read_holds(view, slot.details, (own,))
    if own.offered:
        where = slot.details
        before.append(OfferAccepted(own.hold_id, candidate_id, where.slot_id, where.city_id, where.stage_id))
    return Seat(tuple(before), frozenset(), own.hold_id, own.offered)


def read_holds(view: View, slot: SlotSnapshot, holds: Iterable[SeatHold]) -> None:
    """Read what the end of these holds changes: the holds, their candidates, and the waitlist for an offer."""
    ending = list(holds)
    view.all([HOLD.at(tags.hold(hold.hold_id)) for hold in ending])
    view.all([CANDIDATE.at(tags.candidate(hold.candidate_id)) for hold in ending])
    if any(hold.offered for hold in ending):
        view.of(WAITLIST.at(tags.waitlist(slot.city_id, slot.stage_id)))


def expired(hold: SeatHold, slot: SlotSnapshot) -> HoldExpired | OfferExpired:
    """End a hold whose time is over."""
    if hold.offered:
        return _offer_over(hold, slot, "timed-out")
    return HoldExpired(hold.hold_id, hold.candidate_id, slot.slot_id, hold.expires_at)


def ended(
    hold: SeatHold, slot: SlotSnapshot, reason: Literal["slot-cancelled", "candidate-left"], now: datetime
) -> HoldReleased | HoldExpired | OfferExpired:
    """End a hold because there is nothing left to hold, or nobody to hold it for, if its time is not over anyway."""
    if hold.expires_at <= now:
        return expired(hold, slot)
    if hold.offered:
        return _offer_over(hold, slot, reason)
    return HoldReleased(hold.hold_id, hold.candidate_id, slot.slot_id, reason)


def turned_down(offer_id: UUID, view: View, now: datetime) -> tuple[OfferDeclined | OfferExpired, ...]:
    """Give an offered seat back, in time or too late; what else it changes (candidate, waitlist) has been read."""
    (hold,) = view.of(HOLD.at(tags.hold(offer_id)))
    if not isinstance(hold, StandingHold):
        return ()
    slot = hold.slot
    view.of(SLOT.at(tags.slot(slot.slot_id)))
    if hold.expires_at <= now:
        kept = SeatHold(offer_id, hold.candidate_id, hold.expires_at, offered=True)
        return (_offer_over(kept, slot, "timed-out"),)
    return (OfferDeclined(offer_id, hold.candidate_id, slot.slot_id, slot.city_id, slot.stage_id),)


def _offer_over(
    hold: SeatHold, slot: SlotSnapshot, reason: Literal["timed-out", "slot-cancelled", "candidate-left"]
) -> OfferExpired:
    return OfferExpired(hold.hold_id, hold.candidate_id, slot.slot_id, slot.city_id, slot.stage_id, reason)
