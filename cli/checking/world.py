"""What a log adds up to: plain mutable records, found by id. Whatever is named and not there breaks a rule."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple, NoReturn, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from cli.checking.breach import Broken, Rule

T = TypeVar("T")


class Entry(NamedTuple):
    """One event of the log, as far as the rules look at its envelope. `decided_at` is the now of the decision."""

    position: int
    type: str
    data: bytes
    decided_at: datetime
    command_id: UUID
    actor: str


class Index(dict[str, T]):
    """Records by id."""

    def __init__(self, kind: str) -> None:
        """Nothing is known yet of this kind."""
        super().__init__()
        self._kind = kind

    def __missing__(self, key: str) -> NoReturn:
        raise Broken(Rule.KNOWN, f"there is no {self._kind} {key}")

    def begin(self, key: str, record: T) -> None:
        """Add a record under an id that is new."""
        if key in self:
            raise Broken(Rule.IDENTITY, f"{self._kind} {key} begins again")
        self[key] = record


class StageVersion(msgspec.Struct, eq=False):
    """One version of a stage and what it allows."""

    required_tests: list[str]
    min_notice: timedelta
    horizon: timedelta
    cancel_cutoff: timedelta
    reschedule_cutoff: timedelta
    max_active: int
    max_reschedules: int
    hold: timedelta
    offer: timedelta
    max_holds: int
    approval: str
    cooldown: tuple[int, timedelta] | None


class Recruiter(msgspec.Struct, eq=False):
    """A recruiter and their standing slots, sorted by start; `days` and `weeks` count those, where a limit needs it."""

    recruiter_id: str
    city_ids: list[str]
    min_gap: timedelta
    daily_limit: int | None
    weekly_limit: int | None
    zone: ZoneInfo | None
    active: bool
    absences: list[tuple[datetime, datetime]]
    starts: list[datetime]
    slots: list[Slot]
    days: Counter[date] | None = None
    weeks: Counter[date] | None = None


class Slot(msgspec.Struct, eq=False):
    """A slot; `gap` is the one that was in force when it was published."""

    slot_id: str
    recruiter: Recruiter
    city_id: str
    stage_id: str
    starts_at: datetime
    ends_at: datetime
    local_start: datetime
    capacity: int
    gap: timedelta
    status: Literal["open", "closed", "cancelled"]
    bookings: dict[str, Booking]
    holds: dict[str, Hold]


class Candidate(msgspec.Struct, eq=False):
    """A candidate; `bookings` are those that keep a seat, `holds` those that nothing has ended."""

    candidate_id: str
    stage_id: str
    status: str
    bookings: dict[str, Booking]
    holds: dict[str, Hold]
    results: dict[str, list[Result]]
    missed: dict[str, datetime]
    waits: set[tuple[str, str]]


class Result(NamedTuple):
    """One result; they compare by when they were taken, then by when they were recorded."""

    taken_at: datetime
    position: int
    passed: bool
    valid_until: datetime


class Booking(msgspec.Struct, eq=False):
    """A booking. `status` is pending, standing, cancelled, declined, or an outcome."""

    booking_id: str
    candidate: Candidate
    slot: Slot
    policy: StageVersion
    reschedules: int
    status: str


class Hold(msgspec.Struct, eq=False):
    """A seat that is kept; `standing` until an event ends it."""

    hold_id: str
    candidate: Candidate
    slot: Slot
    expires_at: datetime
    offered: bool
    standing: bool = True


class Waiting(msgspec.Struct, eq=False):
    """One who waits."""

    candidate: Candidate
    from_: datetime | None
    to: datetime | None
    priority: int
    joined_at: datetime
    offer: Hold | None
    passed: set[str]


class Series(msgspec.Struct, eq=False):
    """A series, and which slot stands for each occurrence."""

    slots: dict[str, str]
    ended: bool = False


class World:
    """Everything, by kind and id.

    `later` keeps what must be so once the command that is being read is complete; `moving` has the bookings that a slot
    which moved has yet to take along.
    """

    def __init__(self) -> None:
        """Nothing has happened."""
        self.recruiters = Index[Recruiter]("recruiter")
        self.stages = Index[list[StageVersion]]("stage")
        self.tests = Index[tuple[int, timedelta]]("test")
        self.slots = Index[Slot]("slot")
        self.series = Index[Series]("series")
        self.candidates = Index[Candidate]("candidate")
        self.bookings = Index[Booking]("booking")
        self.holds = Index[Hold]("hold")
        self.waitlists: defaultdict[tuple[str, str], dict[str, Waiting]] = defaultdict(dict)
        self.moving: dict[str, set[str]] = {}
        self.later: list[tuple[Entry, Callable[[], None]]] = []

    def version(self, stage_id: str, number: int) -> StageVersion:
        """Return the version that an event pins; it has to be the newest."""
        versions = self.stages[stage_id]
        if number != len(versions):
            raise Broken(Rule.PINNED, f"version {number} of stage {stage_id}, which has {len(versions)}")
        return versions[-1]


def check_owner(entry: Entry, recruiter: Recruiter) -> None:
    """A recruiter acts on what is their own."""
    if entry.actor.startswith("recruiter:") and entry.actor[10:] != recruiter.recruiter_id:
        raise Broken(Rule.OWN, f"{entry.actor} acts for recruiter {recruiter.recruiter_id}")
