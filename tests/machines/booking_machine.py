"""Commands about slots and bookings."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from commands.actor import Actor
from tests.machines import booking_rules as rules
from tests.machines.machine import BOT, FORBIDDEN, HOW, PICK, How, Machine, owns, pick
from tests.machines.model import OUTCOMES, Booking
from tests.machines.scene import LENGTH

REASON = "because"
CHANGES = ("change-slot-capacity", "close-slot", "reopen-slot", "cancel-slot")
SEATS = st.integers(1, 3)


def somebody_booked(machine: Machine) -> bool:
    """There is a booking."""
    return bool(machine.model.bookings)


class BookingMachine(Machine):
    """Publish, change, book, reschedule, cancel, approve, answer, record."""

    @rule(slot=PICK, candidate=PICK, how=HOW)
    def book(self, slot: int, candidate: int, how: How) -> None:
        """BookSlot."""
        where = self.slot(slot, how)
        who, actor = self.candidate(where, candidate, how), self.actor("book-slot", how)
        expected = rules.book(self.model, where, who, self.now) if owns(actor, where.recruiter) else FORBIDDEN
        self.send("book-slot", actor, expected, slot_id=where.id, candidate_id=who.id)

    @precondition(somebody_booked)
    @rule(booking=PICK, how=HOW)
    def cancel(self, booking: int, how: How) -> None:
        """CancelBooking."""
        what, actor = self._booking(booking, how), self.actor("cancel-booking", how)
        behalf, right = self.acts_for(actor, what.candidate, how)
        expected = FORBIDDEN
        if right and owns(actor, what.slot.recruiter):
            expected = rules.cancel(what, self.now, _bypass(actor, how))
        self.send("cancel-booking", actor, expected, booking_id=what.id, on_behalf_of=behalf, **_said(how))

    @precondition(somebody_booked)
    @rule(booking=PICK, slot=PICK, how=HOW)
    def reschedule(self, booking: int, slot: int, how: How) -> None:
        """RescheduleBooking."""
        what, where = self._booking(booking, how), self.slot(slot, how)
        actor = self.actor("reschedule-booking", how)
        expected = FORBIDDEN
        if owns(actor, what.slot.recruiter, where.recruiter):
            expected = rules.reschedule(self.model, what, where, self.now, _bypass(actor, how))
        self.send("reschedule-booking", actor, expected, booking_id=what.id, to_slot_id=where.id, **_said(how))

    @precondition(somebody_booked)
    @rule(booking=PICK, yes=st.booleans(), how=HOW)
    def approve_or_decline(self, booking: int, yes: bool, how: How) -> None:  # noqa: FBT001  drawn by name
        """ApproveBooking, DeclineBooking."""
        pending = [each for each in self.model.bookings if each.status == "pending"]
        what = pick(pending if how.likely and pending else self.model.bookings, booking)
        name = "approve-booking" if yes else "decline-booking"
        actor = self.actor(name, how)
        expected = rules.approve(what, self.now) if yes else rules.decline(what, self.now)
        if not owns(actor, what.slot.recruiter):
            expected = FORBIDDEN
        self.send(name, actor, expected, booking_id=what.id, reason=None if yes else REASON)

    @precondition(somebody_booked)
    @rule(booking=PICK, said=st.sampled_from(("yes", "unsure", "no")), how=HOW)
    def answer(self, booking: int, said: str, how: How) -> None:
        """AnswerAttendance."""
        what = self._booking(booking, how)
        behalf, right = self.acts_for(BOT, what.candidate, how)
        expected = rules.answer(what, said, self.now) if right else FORBIDDEN
        self.send("answer-attendance", BOT, expected, booking_id=what.id, answer=said, on_behalf_of=behalf)

    @precondition(somebody_booked)
    @rule(booking=PICK, outcome=st.sampled_from((*OUTCOMES, "candidate-missed")), late=st.sampled_from((0, 5)), how=HOW)
    def record_or_correct(self, booking: int, outcome: str, late: int, how: How) -> None:
        """RecordAttendance, CorrectOutcome, of bookings whose interview has started if there are any."""
        started = [each for each in self.model.bookings if each.keeps_seat and each.slot.starts <= self.now]
        what = pick(started or self.model.bookings, booking)
        name = "correct-outcome" if (what.status in OUTCOMES) is how.likely else "record-attendance"
        actor = self.actor(name, how)
        late = late if outcome == "attended" else 0
        said: dict[str, Any] = {"late_minutes": late or None}
        expected = rules.record(what, outcome, late, self.now)
        if name == "correct-outcome":
            said, expected = {**said, "reason": REASON}, rules.correct(what, outcome, late)
        if not owns(actor, what.slot.recruiter):
            expected = FORBIDDEN
        self.send(name, actor, expected, booking_id=what.id, outcome=outcome, **said)

    @rule(slot=PICK, change=st.sampled_from((*CHANGES, "reopen-slot", "change-slot-capacity")), seats=SEATS, how=HOW)
    def change_slot(self, slot: int, change: str, seats: int, how: How) -> None:
        """ChangeSlotCapacity, CloseSlot, ReopenSlot, CancelSlot."""
        closed = [each for each in self.model.slots if each.closed]
        what = pick(closed if change == "reopen-slot" and closed else self.model.slots, slot)
        actor = self.actor(change, how)
        said: dict[str, Any] = {"reason": REASON}
        match change:
            case "change-slot-capacity":
                expected, said = rules.capacity(self.model, what, seats, self.now), {"capacity": seats}
            case "cancel-slot":
                expected = rules.cancel_slot(self.model, what, self.now)
            case _:
                expected = rules.close(what, self.now, closed=change == "close-slot")
        if not owns(actor, what.recruiter):
            expected = FORBIDDEN
        self.send(change, actor, expected, slot_id=what.id, **said)

    @rule(recruiter=st.integers(0, 1), stage=st.integers(0, 1), half_hours=st.integers(0, 95), how=HOW)
    def publish(self, recruiter: int, stage: int, half_hours: int, how: How) -> None:
        """PublishSlot, from now on."""
        passed = (self.now - self.scene.opening) // LENGTH
        slot, actor = self.scene.unpublished(recruiter, passed + half_hours, stage, 1), self.actor("publish-slot", how)
        expected = rules.publish(self.model, slot, self.now) if owns(actor, slot.recruiter) else FORBIDDEN
        self.send("publish-slot", actor, expected, **self.scene.body_of(slot))

    def _booking(self, number: int, how: How) -> Booking:
        """Pick a booking; where a yes is to be likely, one that stands."""
        standing = [each for each in self.model.bookings if each.open and each.slot.starts > self.now]
        return pick(standing if how.likely and standing else self.model.bookings, number)


def _bypass(actor: Actor, how: How) -> rules.Bypass:
    return rules.Bypass(actor is not BOT, how.override, how.reason)


def _said(how: How) -> dict[str, object]:
    return {"override": how.override or None, "reason": REASON if how.reason else None}
