"""What can be wrong with a log: every invariant by its name, and where one is broken."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Rule(StrEnum):
    """Every invariant of the domain that a log can break; `docs/audit.md` says more of each."""

    READABLE = "an event is what its type says"
    KNOWN = "what is named is known"
    IDENTITY = "an id begins once"
    OWN = "recruiters touch only their own"
    TIME = "wall time and instant agree"
    SNAPSHOT = "a seat is what its slot is"
    PINNED = "the policy in force is pinned"

    SEATS = "seats within capacity"
    CAPACITY = "capacity covers what is taken"
    ON_OFFER = "seats are in slots on offer"
    STARTED = "nothing on a slot that has started"
    SLOT_STATE = "a slot changes from what it is"
    EMPTIED = "nobody sits in a cancelled slot"
    FREED = "only a seat that is held comes free"

    ONE_PLACE = "a recruiter is in one place"
    MOVED = "a moved slot takes its bookings along"
    ABSENT = "nothing while the recruiter is away"
    LIMITS = "slots within the recruiter's limits"
    SERVING = "a recruiter serves where they work"
    SERIES = "an occurrence is published once"

    CANDIDATE_BUSY = "a candidate is in one place"
    ONE_PER_STAGE = "one active booking per stage"
    MAX_ACTIVE = "no more active bookings than allowed"
    MAX_RESCHEDULES = "no more reschedules than allowed"
    COOLING_DOWN = "no new seat while cooling down"
    MAX_HOLDS = "no more live holds than allowed"
    NOTICE = "notice and horizon are kept"
    CUT_OFF = "cut-offs are kept, or bypassed with a reason"
    OWN_STAGE = "candidates take seats in their stage"
    TESTS = "required tests are passed"
    SCORES = "results follow from the test"
    LEFT = "who moves on leaves nothing behind"
    ERASED = "nothing more is said of who was erased"

    HOLD_TIME = "a hold lasts as long as the policy says"
    HOLD_END = "a hold ends once, and not before its time"
    HOLD_USE = "a hold is used by its owner, in time"

    APPROVAL = "only what is pending is approved or declined"
    OUTCOME = "an outcome is recorded once, after the start"
    CORRECTION = "a correction starts from what stands"
    CLOSED = "closed bookings change no more"

    ORDER = "seats are offered in order"
    WAITING = "the waitlist knows who waits"
    ACCEPTED = "an accepted offer is a booking"


class Breach(NamedTuple):
    """The first event at which something is so that must never be."""

    position: int
    rule: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule} broken at position {self.position}: {self.detail}"


class Broken(Exception):
    """An event breaks a rule."""

    def __init__(self, rule: Rule, detail: str) -> None:
        """Where it happened is known to whoever catches this."""
        super().__init__(rule, detail)
        self.rule = rule
        self.detail = detail
