"""What is so, as naive as can be: lists of things, and every question answered by looking through all of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
OUTCOMES = ("attended", "candidate-missed", "recruiter-missed")

Ids = Mapping[str, str]


@dataclass
class Expected:
    """What has to be answered: any one of `refusals`, or, where there is none, a yes.

    `nothing` says that all is so already: no events. `either` allows a yes beside the refusals. `apply` makes it so.
    """

    refusals: set[str] = field(default_factory=set)
    nothing: bool = False
    either: bool = False
    apply: Callable[[Ids], None] = lambda _: None


def refused(*codes: str) -> Expected:
    """A no."""
    return Expected(set(codes))


ALREADY = Expected(nothing=True)


def minutes(policy: Mapping[str, Any], name: str) -> timedelta:
    """Read a time of a policy."""
    return int(policy[f"{name}_minutes"]) * MINUTE


@dataclass(eq=False)
class Recruiter:
    """Who holds interviews; `away` are half-open times."""

    id: str
    min_gap: timedelta = timedelta()
    away: list[tuple[datetime, datetime]] = field(default_factory=list)
    gone: bool = False


@dataclass(eq=False)
class Stage:
    """A stage: its policy as it was written down."""

    id: str
    policy: Mapping[str, Any]
    tests: tuple[str, ...] = ()

    def minutes(self, name: str) -> timedelta:
        """Read a time of the policy."""
        return minutes(self.policy, name)


@dataclass(eq=False)
class Slot:
    """An interval of a recruiter with seats."""

    id: str
    recruiter: Recruiter
    stage: Stage
    starts: datetime
    ends: datetime
    seats: int
    closed: bool = False
    cancelled: bool = False


@dataclass(eq=False)
class Candidate:
    """A person; `results` are (test, passed, valid until) as they came."""

    id: str
    stage: Stage
    active: bool = True
    status: str = "active"
    results: list[tuple[str, bool, datetime]] = field(default_factory=list)


@dataclass(eq=False)
class Booking:
    """A booking under a policy; `status` is pending, standing, cancelled, declined or an outcome."""

    id: str
    candidate: Candidate
    slot: Slot
    policy: Mapping[str, Any]
    status: str = "standing"
    moves: int = 0
    late: int = 0
    answer: str | None = None

    @property
    def keeps_seat(self) -> bool:
        """Whether the seat was never given back."""
        return self.status not in {"cancelled", "declined"}

    @property
    def open(self) -> bool:
        """Whether anything can still become of it."""
        return self.status in {"pending", "standing"}


@dataclass(eq=False)
class Hold:
    """A seat kept until `expires`, unless it was `used` or given up before."""

    id: str
    candidate: Candidate
    slot: Slot
    expires: datetime
    offered: bool
    used: Booking | None = None
    given_up: bool = False

    def live(self, now: datetime) -> bool:
        """Whether it keeps a seat."""
        return self.used is None and not self.given_up and self.expires > now


@dataclass(eq=False)
class Wait:
    """A wish for a seat that starts in `[since, until)`."""

    candidate: Candidate
    stage: Stage
    since: datetime | None
    until: datetime | None
    priority: int
    joined: datetime
    offers: list[Hold] = field(default_factory=list)


class Model:
    """All there is. Every list is in the order in which things came to be."""

    def __init__(self) -> None:
        """Nothing is there."""
        self.recruiters: list[Recruiter] = []
        self.stages: list[Stage] = []
        self.slots: list[Slot] = []
        self.candidates: list[Candidate] = []
        self.bookings: list[Booking] = []
        self.holds: list[Hold] = []
        self.waits: list[Wait] = []

    def seated(self, slot: Slot) -> list[Booking]:
        """Those who have a seat."""
        return [each for each in self.bookings if each.slot is slot and each.keeps_seat]

    def holding(self, slot: Slot, now: datetime) -> list[Hold]:
        """Those for whom a seat is kept."""
        return [each for each in self.holds if each.slot is slot and each.live(now)]

    def own_hold(self, slot: Slot, candidate: Candidate, now: datetime) -> Hold | None:
        """The seat that is kept for somebody."""
        return next((each for each in self.holding(slot, now) if each.candidate is candidate), None)

    def active(self, candidate: Candidate, now: datetime) -> list[Booking]:
        """Interviews of somebody that are not over."""
        return [
            each for each in self.bookings if each.candidate is candidate and each.keeps_seat and each.slot.ends > now
        ]

    def seat_refusals(self, slot: Slot, candidate: Candidate | None, now: datetime) -> set[str]:
        """S1, S3, R2: why nobody, or not this one, gets a seat there."""
        others = [each for each in self.holding(slot, now) if each.candidate is not candidate]
        taken = len(self.seated(slot)) + len(others)
        return {
            code
            for code, holds in (
                ("slot-cancelled", slot.cancelled),
                ("slot-started", slot.starts <= now),
                ("slot-closed", slot.closed),
                ("slot-full", taken >= slot.seats),
                ("recruiter-inactive", slot.recruiter.gone),
                ("recruiter-absent", self.is_away(slot.recruiter, slot.starts, slot.ends)),
            )
            if holds
        }

    def is_away(self, recruiter: Recruiter, starts: datetime, ends: datetime) -> bool:
        """R2: an absence touches the interval."""
        return any(begin < ends and starts < end for begin, end in recruiter.away)

    def commitment_refusals(
        self, slot: Slot, candidate: Candidate, now: datetime, but: Booking | None = None
    ) -> set[str]:
        """C1, C2, C3."""
        others = [each for each in self.active(candidate, now) if each is not but]
        return {
            code
            for code, holds in (
                (
                    "candidate-busy",
                    any(each.slot.starts < slot.ends and slot.starts < each.slot.ends for each in others),
                ),
                ("already-booked", any(each.slot.stage is slot.stage for each in others)),
                ("too-many-active", len(others) >= slot.stage.policy["max_active"]),
            )
            if holds
        }

    def cooldown_refusals(self, slot: Slot, candidate: Candidate, now: datetime) -> set[str]:
        """C5."""
        rule = slot.stage.policy.get("cooldown")
        missed = [
            each.slot.starts
            for each in self.bookings
            if each.candidate is candidate and each.status == "candidate-missed"
        ]
        cooling = rule and len(missed) >= rule["missed"] and max(missed) + rule["days"] * DAY > now
        return {"cooling-down"} if cooling else set()

    def notice_refusals(self, slot: Slot, now: datetime) -> set[str]:
        """B1."""
        notice = slot.starts - now
        if notice < slot.stage.minutes("min_notice"):
            return {"too-soon"}
        return {"too-far"} if notice > slot.stage.policy["horizon_days"] * DAY else set()

    def stage_refusals(self, slot: Slot, candidate: Candidate, now: datetime) -> set[str]:
        """F1."""
        codes = set() if candidate.active else {"candidate-closed"}
        if candidate.stage is not slot.stage:
            codes.add("stage-not-open")
        for test in slot.stage.tests:
            last = [(passed, until) for name, passed, until in candidate.results if name == test][-1:]
            if not any(passed and until > now for passed, until in last):
                codes.add("test-required")
        return codes

    def new_seat_refusals(self, slot: Slot, candidate: Candidate, now: datetime) -> set[str]:
        """Every rule of a new seat."""
        return (
            self.seat_refusals(slot, candidate, now)
            | self.commitment_refusals(slot, candidate, now)
            | self.cooldown_refusals(slot, candidate, now)
            | self.notice_refusals(slot, now)
            | self.stage_refusals(slot, candidate, now)
        )

    def stop_waiting(self, candidate: Candidate, stages: Iterable[Stage]) -> None:
        """Take somebody off lists, with the offers they have."""
        for wait in [each for each in self.waits if each.candidate is candidate and each.stage in stages]:
            for offer in wait.offers:
                offer.given_up = offer.given_up or offer.used is None
            self.waits.remove(wait)

    def leave(self, candidate: Candidate, stages: Iterable[Stage], now: datetime) -> None:
        """Give up all seats of these stages that are ahead, kept or waited for."""
        for booking in self.active(candidate, now):
            if booking.slot.stage in stages and booking.slot.starts > now:
                booking.status = "cancelled"
        for hold in self.holds:
            if hold.candidate is candidate and hold.slot.stage in stages and hold.used is None:
                hold.given_up = True
        self.stop_waiting(candidate, stages)
