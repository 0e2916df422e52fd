"""Histories written down by hand, with whatever they should not say."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cli.checking.breach import Breach
from cli.checking.rules import Rules
from cli.checking.world import Entry
from events.log import Attempt, Fact, Recorded, content_hash

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
MORNING = NOON - timedelta(hours=4)
MINUTE = timedelta(minutes=1)
POLICY: dict[str, Any] = {
    "min_notice_minutes": 60,
    "horizon_days": 30,
    "cancel_cutoff_minutes": 120,
    "reschedule_cutoff_minutes": 180,
    "max_active": 2,
    "max_reschedules": 1,
    "hold_minutes": 10,
    "approval": "auto",
    "cooldown": {"missed": 1, "days": 2},
    "max_holds": 1,
    "offer_minutes": 60,
}


def text(moment: datetime | None) -> str | None:
    """Write a time as events do."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


class History:
    """Two recruiters with slots around noon, three stages, and people; it is eight in the morning."""

    def __init__(self) -> None:
        """Write down what the stories begin with."""
        self.events: list[Recorded] = []
        self.now = MORNING
        self.slots: dict[str, dict[str, Any]] = {}
        self.add("CityOpened", city_id="rome")
        self.add("TestDefined", test_id="typing", pass_score=5, valid_days=1)
        self.stage("s")
        self.stage("t", cooldown=None)
        self.stage("pending", ["typing"], approval="required", max_active=1, reschedule_cutoff_minutes=0)
        self.recruiter("anna")
        self.recruiter("bert", min_gap_minutes=10)
        for candidate_id in ("carla", "dora", "emil"):
            self.add("CandidateRegistered", candidate_id=candidate_id, stage_id="s")
        self.publish("noon", "anna", 0)
        self.publish("later", "anna", 30)
        self.publish("group", "bert", 0, capacity=2)

    def add(self, kind: str, *, together: bool = False, by: str = "bot:telegram", **data: Any) -> None:
        """Write an event as the log would, content hash and all; `together` with the one before, in one command."""
        position = len(self.events) + 1
        command_id = self.events[-1].command_id if together else UUID(int=position)
        said = {key.rstrip("_"): text(each) if isinstance(each, datetime) else each for key, each in data.items()}
        fact = Fact(kind, 1, ("slot:1", "Zoë"), json.dumps(said, separators=(",", ":")).encode())
        attempt = Attempt(command_id, "any", b"", b"", by, "accepted", b"", UUID(int=2), 0)
        recorded = Recorded(
            *(position, *fact, self.now, self.now),
            command_id=command_id,
            actor=by,
            correlation_id=attempt.correlation_id,
            causation_id=None,
            trace=None,
            content_hash=content_hash(fact, attempt, self.now),
        )
        self.events.append(recorded)

    def stage(self, stage_id: str, tests: list[str] | None = None, version: int = 1, **policy: Any) -> None:
        """Define a stage."""
        rules = {**POLICY, **policy}
        self.add("StageDefined", stage_id=stage_id, version=version, required_tests=tests or [], policy=rules)

    def recruiter(self, recruiter_id: str, kind: str = "RecruiterRegistered", **changes: Any) -> None:
        """Register or change a recruiter."""
        usual: dict[str, Any] = {"city_ids": ["rome"], "min_gap_minutes": 0, "time_zone": "Europe/Rome"}
        self.add(kind, recruiter_id=recruiter_id, **{**usual, **changes})

    def publish(self, slot_id: str, recruiter_id: str, minute: int, **changes: Any) -> None:
        """Offer half an hour, so many minutes after noon."""
        starts_at = NOON + minute * MINUTE
        said = {
            "slot_id": slot_id,
            "recruiter_id": recruiter_id,
            "city_id": "rome",
            "stage_id": "s",
            "starts_at": starts_at,
            "ends_at": starts_at + 30 * MINUTE,
            "local_start": (starts_at + 60 * MINUTE).replace(tzinfo=None).isoformat(),
            "utc_offset": 3600,
            "capacity": 1,
            "policy_version": 1,
            **changes,
        }
        envelope: dict[str, Any] = {name: said.pop(name) for name in ("by", "together") if name in said}
        self.slots[slot_id] = said
        self.add("SlotPublished", **envelope, **said)

    def snapshot(self, slot_id: str, /, **changes: Any) -> dict[str, Any]:
        """Say what a slot is, as a seat does."""
        names = ("slot_id", "recruiter_id", "city_id", "stage_id", "starts_at", "ends_at")
        said = {name: self.slots[slot_id][name] for name in names} | changes
        return said | {name: text(said[name]) for name in ("starts_at", "ends_at")}

    def book(self, booking_id: str, candidate_id: str, slot_id: str, **changes: Any) -> None:
        """Take a seat."""
        usual: dict[str, Any] = {
            "slot": self.snapshot(slot_id),
            "policy_version": 1,
            "approval": "auto",
            "hold_id": None,
        }
        self.add("SlotBooked", booking_id=booking_id, candidate_id=candidate_id, **{**usual, **changes})

    def move(self, booking_id: str, candidate_id: str, from_slot: str, to_slot: str, **changes: Any) -> None:
        """Change the seat."""
        usual: dict[str, Any] = {"policy_version": 1, "by_": "candidate", "reason": None, "count": 1, "override": False}
        usual |= {"from_slot": from_slot, "to_slot": self.snapshot(to_slot)}
        self.add("BookingRescheduled", booking_id=booking_id, candidate_id=candidate_id, **{**usual, **changes})

    def cancel(self, booking_id: str, candidate_id: str, slot_id: str, **changes: Any) -> None:
        """Give the seat up."""
        notice = self.slots[slot_id]["starts_at"] - self.now
        usual: dict[str, Any] = {"by_": "candidate", "reason_code": "by-candidate", "reason": None, "override": False}
        usual |= {"notice_seconds": int(notice.total_seconds()), "slot_id": slot_id}
        self.add("BookingCancelled", booking_id=booking_id, candidate_id=candidate_id, **{**usual, **changes})

    def hold(self, hold_id: str, candidate_id: str, slot_id: str, minutes: float = 10, **changes: Any) -> None:
        """Keep a seat."""
        usual: dict[str, Any] = {
            "slot": self.snapshot(slot_id),
            "expires_at": self.now + minutes * MINUTE,
            "policy_version": 1,
        }
        self.add("SlotHeld", hold_id=hold_id, candidate_id=candidate_id, **{**usual, **changes})

    def wait(self, candidate_id: str, priority: int = 0, **changes: Any) -> None:
        """Join the list for stage s."""
        usual: dict[str, Any] = {"from_": None, "to": None, "joined_at": self.now, "stage_id": "s"}
        self.add("WaitlistJoined", candidate_id=candidate_id, city_id="rome", priority=priority, **{**usual, **changes})

    def offer(self, hold_id: str, candidate_id: str, slot_id: str, *skipped: str, **changes: Any) -> None:
        """Offer a seat to somebody who waits."""
        usual: dict[str, Any] = {
            "slot": self.snapshot(slot_id),
            "rank": len(skipped) + 1,
            "skipped": [{"candidate_id": each, "code": "candidate-busy"} for each in skipped],
            "expires_at": self.now + 60 * MINUTE,
            "policy_version": 1,
        }
        self.add("SeatOffered", hold_id=hold_id, candidate_id=candidate_id, **{**usual, **changes})

    def answer(self, kind: str, hold_id: str, candidate_id: str, slot_id: str, **changes: Any) -> None:
        """Let an offer be accepted, declined or expired."""
        place: dict[str, Any] = {"slot_id": slot_id, "city_id": "rome", "stage_id": "s"}
        self.add(kind, hold_id=hold_id, candidate_id=candidate_id, **place, **changes)

    def breach(self) -> Breach | None:
        """Check every rule, up to the first that is broken."""
        rules = Rules()
        for each in self.events:
            entry = Entry(each.position, each.type, each.data, each.decided_at, each.command_id, each.actor)
            if breach := rules.take(entry):
                return breach
        return rules.end()
