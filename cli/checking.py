"""An independent check of a log: plain dictionaries over decoded JSON, nothing of the code that decided or folded it.

It is naive on purpose. What it takes from the service is the stored form of an event alone (`events.log.Recorded`).
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from events.log import Recorded

Data = dict[str, Any]
Span = tuple[datetime, datetime]

GENESIS = hashlib.sha256(b"daybook").digest()


class Breach(NamedTuple):
    """The first event at which something is so that must never be."""

    position: int
    rule: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule} broken at position {self.position}: {self.detail}"


class Block(NamedTuple):
    """One link of the chain, as stored."""

    first: int
    last: int
    recorded_at: datetime
    hash: bytes


class Chain:
    """Dense positions and an unbroken chain of hashes, worked out anew from what the events say."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        """Take the blocks in order, without the one that the chain begins with."""
        self._blocks = iter(blocks)
        self._block: Block | None = None
        self._previous = GENESIS
        self._contents: list[bytes] = []
        self._position = 0

    def take(self, event: Recorded) -> Iterator[Breach]:
        """Check the next event."""
        if event.position != self._position + 1:
            yield Breach(event.position, "dense positions", f"the one before is {self._position}")
        self._position = event.position
        content = _content_hash(event)
        if content != event.content_hash:
            yield Breach(event.position, "content hash", "the event does not say what was hashed")
        self._contents.append(content)
        block = self._block = self._block or next(self._blocks, None)
        if block is None or event.recorded_at != block.recorded_at:
            yield Breach(event.position, "chain of hashes", "no block holds the event")
        elif event.position >= block.last:
            yield from self._close(block, event.position)

    def end(self) -> Iterator[Breach]:
        """Check that the log ends where the chain does."""
        if self._contents or next(self._blocks, None) is not None:
            yield Breach(self._position, "chain of hashes", "the log and its chain do not end together")

    def _close(self, block: Block, position: int) -> Iterator[Breach]:
        if _link_hash(self._previous, block, self._contents) != block.hash:
            yield Breach(position, "chain of hashes", f"block {block.first} to {block.last} does not follow")
        self._previous, self._contents, self._block = block.hash, [], None


class Seating:
    """Who sits where, event by event: seats, candidates and recruiters are never taken twice."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self.booked = 0
        self._gaps: dict[str, timedelta] = {}
        self._slots: dict[str, Data] = {}
        self._offered: dict[str, set[str]] = defaultdict(set)
        self._bookings: dict[str, tuple[str, str]] = {}
        self._seated: dict[str, set[str]] = defaultdict(set)
        self._held: dict[str, set[str]] = defaultdict(set)

    def take(self, event: Recorded) -> Iterator[Breach]:
        """Check the next event; what is of no interest here is passed over."""
        data: Data = json.loads(event.data)
        match event.type:
            case "RecruiterRegistered":
                self._gaps[data["recruiter_id"]] = timedelta(minutes=data["min_gap_minutes"])
            case "SlotPublished":
                yield from self._publish(event, data)
            case "SlotCancelled":
                yield from self._withdraw(event, data["slot_id"])
            case "SlotBooked":
                self.booked += 1
                booking_id = data["booking_id"]
                if booking_id in self._bookings:
                    yield Breach(event.position, "one identity per booking", f"booking {booking_id} begins again")
                yield from self._sit(event, booking_id, data["candidate_id"], data["slot"]["slot_id"])
            case "BookingRescheduled":
                yield from self._leave(event, data["booking_id"], data["from_slot"])
                yield from self._sit(event, data["booking_id"], data["candidate_id"], data["to_slot"]["slot_id"])
            case "BookingCancelled":
                yield from self._leave(event, data["booking_id"], data["slot_id"])

    def _publish(self, event: Recorded, slot: Data) -> Iterator[Breach]:
        recruiter_id, slot_id = slot["recruiter_id"], slot["slot_id"]
        if slot_id in self._slots:
            yield Breach(event.position, "one identity per slot", f"slot {slot_id} begins again")
        self._slots[slot_id] = slot
        gap = self._gaps.get(recruiter_id, timedelta())
        for other in self._offered[recruiter_id]:
            if _overlap(_span(slot, gap), _span(self._slots[other], gap)):
                detail = f"recruiter {recruiter_id} has slots {other} and {slot_id} at once"
                yield Breach(event.position, "a recruiter is in one place", detail)
        self._offered[recruiter_id].add(slot_id)

    def _withdraw(self, event: Recorded, slot_id: str) -> Iterator[Breach]:
        if self._seated[slot_id]:
            yield Breach(event.position, "nobody sits in a cancelled slot", f"slot {slot_id} has bookings")
        if slot_id in self._slots:
            self._offered[self._slots[slot_id]["recruiter_id"]].discard(slot_id)

    def _sit(self, event: Recorded, booking_id: str, candidate_id: str, slot_id: str) -> Iterator[Breach]:
        slot = self._slots.get(slot_id)
        if slot is None or slot_id not in self._offered[slot["recruiter_id"]]:
            yield Breach(event.position, "seats are in slots on offer", f"slot {slot_id} is not")
            return
        seated = self._seated[slot_id]
        seated.add(booking_id)
        if len(seated) > slot["capacity"]:
            detail = f"slot {slot_id} has {slot['capacity']} seats and {len(seated)} bookings"
            yield Breach(event.position, "seats within capacity", detail)
        for other in self._held[candidate_id]:
            yield from self._beside(event, candidate_id, slot, self._slots[self._bookings[other][1]])
        self._held[candidate_id].add(booking_id)
        self._bookings[booking_id] = (candidate_id, slot_id)

    def _beside(self, event: Recorded, candidate_id: str, slot: Data, other: Data) -> Iterator[Breach]:
        both = f"candidate {candidate_id} has slots {other['slot_id']} and {slot['slot_id']}"
        if _overlap(_span(slot), _span(other)):
            yield Breach(event.position, "a candidate is in one place", f"{both} at once")
        # An interview that is over no longer counts, and neither does one that was over when this was decided.
        if other["stage_id"] == slot["stage_id"] and _span(other)[1] > event.decided_at:
            yield Breach(event.position, "one active booking per stage", f"{both} of stage {slot['stage_id']}")

    def _leave(self, event: Recorded, booking_id: str, slot_id: str) -> Iterator[Breach]:
        candidate_id, held = self._bookings.get(booking_id, ("", ""))
        if held != slot_id or booking_id not in self._seated[slot_id]:
            yield Breach(event.position, "only a seat that is held comes free", f"booking {booking_id} in {slot_id}")
            return
        self._seated[slot_id].discard(booking_id)
        self._held[candidate_id].discard(booking_id)


def _span(slot: Data, gap: timedelta = timedelta()) -> Span:
    return datetime.fromisoformat(slot["starts_at"]), datetime.fromisoformat(slot["ends_at"]) + gap


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _content_hash(event: Recorded) -> bytes:
    envelope = [
        event.type,
        event.version,
        event.tags,
        event.decided_at.isoformat().replace("+00:00", "Z"),
        str(event.command_id),
        event.actor,
        str(event.correlation_id),
        None if event.causation_id is None else str(event.causation_id),
        event.trace,
    ]
    text = json.dumps(envelope, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode() + b"\n" + event.data).digest()


def _link_hash(previous: bytes, block: Block, contents: Iterable[bytes]) -> bytes:
    moment = round(block.recorded_at.timestamp() * 1_000_000)
    numbers = b"".join(number.to_bytes(8, "big", signed=True) for number in (block.first, block.last, moment))
    return hashlib.sha256(previous + numbers + b"".join(contents)).digest()
