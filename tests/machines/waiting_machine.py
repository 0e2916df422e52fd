"""Commands about holds, waitlists, offers, and where candidates and recruiters are."""

from collections.abc import Mapping
from datetime import datetime

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.machines import booking_rules
from tests.machines import waiting_rules as rules
from tests.machines.machine import BOT, FORBIDDEN, HOW, PICK, How, Machine, owns, pick
from tests.machines.model import Expected, Wait
from tests.machines.scene import ADMIN, LENGTH, PASS

ENDS = {"reject-candidate": "rejected", "withdraw-candidate": "withdrawn", "hire-candidate": "hired"}
MOVES = ("test", "test", "test", "advance", "advance", *ENDS)
REASON = "because"
POLICIES = (
    {"cancel_cutoff_minutes": 120, "max_active": 2},
    {"cancel_cutoff_minutes": 600, "max_reschedules": 0},
    {"reschedule_cutoff_minutes": 0, "max_active": 1, "max_reschedules": 2},
    {"min_notice_minutes": 180, "max_holds": 2},
)
SIDE = st.none() | st.none() | st.integers(-2, 8)
WINDOW = st.tuples(SIDE, SIDE)
Window = tuple[int | None, int | None]


def somebody_holds(machine: Machine) -> bool:
    """There is a hold, or was one."""
    return bool(machine.model.holds)


class WaitingMachine(Machine):
    """Hold, release, expire, wait, offer, accept, decline, test, advance, leave, be away."""

    @rule(slot=PICK, candidate=PICK, how=HOW)
    def hold(self, slot: int, candidate: int, how: How) -> None:
        """HoldSlot."""
        where = self.slot(slot, how)
        who = self.candidate(where, candidate, how)
        expected = booking_rules.hold(self.model, where, who, self.now)
        self.send("hold-slot", BOT, expected, slot_id=where.id, candidate_id=who.id)

    @precondition(somebody_holds)
    @rule(hold=PICK, released=st.booleans(), how=HOW)
    def release_or_expire(self, hold: int, released: bool, how: How) -> None:  # noqa: FBT001  drawn by name
        """ReleaseHold, ExpireHold."""
        what = pick(self.model.holds, hold)
        if not released:
            self.send("expire-hold", ADMIN, rules.expire(what, self.now), hold_id=what.id)
            return
        behalf, right = self.acts_for(BOT, what.candidate, how)
        expected = rules.release(what, self.now) if right or what.offered else FORBIDDEN
        self.send("release-hold", BOT, expected, hold_id=what.id, on_behalf_of=behalf)

    @rule(candidate=PICK, stage=st.integers(0, 1), window=WINDOW, priority=st.integers(0, 2), how=HOW)
    def join(self, candidate: int, stage: int, window: Window, priority: int, how: How) -> None:
        """JoinWaitlist."""
        who = pick(self.model.candidates, candidate)
        where = who.stage if how.likely else self.model.stages[stage]
        since, until = map(self._moment, window)
        wait = Wait(who, where, since, until, priority, self.now)
        said = {"from": since and since.isoformat(), "to": until and until.isoformat()}
        expected = rules.join(self.model, wait, self.now)
        place = self.scene.waitlist_of(who, where)
        self.send("join-waitlist", BOT, expected, **place, **said, priority=priority)

    @precondition(lambda self: bool(self.model.waits))
    @rule(candidate=PICK, stage=st.integers(0, 1))
    def leave(self, candidate: int, stage: int) -> None:
        """LeaveWaitlist."""
        who, where = pick(self.model.candidates, candidate), self.model.stages[stage]
        self.send("leave-waitlist", BOT, rules.leave_list(self.model, who, where), **self.scene.waitlist_of(who, where))

    @rule(slot=PICK, how=HOW)
    def offer(self, slot: int, how: How) -> None:
        """OfferSeat."""
        what, actor = self.slot(slot, how), self.actor("offer-seat", how)
        expected = rules.offer(self.model, what, self.now) if owns(actor, what.recruiter) else FORBIDDEN
        self.send("offer-seat", actor, expected, slot_id=what.id)

    @precondition(somebody_holds)
    @rule(hold=PICK, yes=st.booleans(), how=HOW)
    def accept_or_decline(self, hold: int, yes: bool, how: How) -> None:  # noqa: FBT001  drawn by name
        """AcceptOffer, DeclineOffer."""
        offers = [each for each in self.model.holds if each.offered]
        what = pick(offers if offers and how.likely else self.model.holds, hold)
        behalf, right = self.acts_for(BOT, what.candidate, how)
        expected = rules.accept(self.model, what, self.now) if yes else rules.decline_offer(what, self.now)
        if what.offered and not right:
            expected = FORBIDDEN
        name = "accept-offer" if yes else "decline-offer"
        self.send(name, BOT, expected, offer_id=what.id, on_behalf_of=behalf)

    @rule(candidate=PICK, stage=st.integers(0, 1), score=st.sampled_from((PASS - 1, PASS)), move=st.sampled_from(MOVES))
    def move_on(self, candidate: int, stage: int, score: int, move: str) -> None:
        """RecordTestResult, AdvanceCandidate, RejectCandidate, WithdrawCandidate, HireCandidate."""
        who, to = pick(self.model.candidates, candidate), self.model.stages[stage]
        match move:
            case "test":
                self.send("record-test-result", BOT, Expected(), **self.scene.result_of(who, score))
            case "advance":
                expected = rules.advance(self.model, who, to, self.now)
                self.send("advance-candidate", ADMIN, expected, candidate_id=who.id, to_stage=to.id)
            case _:
                expected = rules.end(self.model, who, ENDS[move], self.now)
                self.send(move, ADMIN, expected, candidate_id=who.id, reason=REASON)

    @rule(recruiter=st.integers(0, 1), since=st.none() | st.integers(-4, 95), half_hours=st.integers(-1, 8), how=HOW)
    def be_away(self, recruiter: int, since: int | None, half_hours: int, how: How) -> None:
        """RecordAbsence, at any time of the scene or from now on."""
        who, actor = self.model.recruiters[recruiter], self.actor("record-absence", how)
        begin = self.now.replace(microsecond=0) if since is None else self._instant(since)
        end = begin + half_hours * LENGTH
        expected = rules.away(who, begin, end, self.now) if owns(actor, who) else FORBIDDEN
        said = {"from": begin.isoformat(), "to": end.isoformat()}
        self.send("record-absence", actor, expected, recruiter_id=who.id, **said)

    @rule(stage=st.integers(0, 1), change=st.sampled_from(POLICIES))
    def redefine(self, stage: int, change: Mapping[str, int]) -> None:
        """DefineStage: what is booked keeps the policy it was booked under."""
        what = self.model.stages[stage]
        same = what.policy == {**what.policy, **change}
        what.policy = {**what.policy, **change}
        self.send("define-stage", ADMIN, Expected(nothing=same), **self.scene.definition_of(what))

    def _moment(self, six_hours: int | None) -> datetime | None:
        """A start of slots, in quarters of days from the opening."""
        return None if six_hours is None else self._instant(12 * six_hours)

    def _instant(self, half_hours: int) -> datetime:
        return self.scene.opening + half_hours * LENGTH
