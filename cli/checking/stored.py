"""The stored form of events about recruiters, slots and candidates, as far as the rules look at it.

Every version ever written fits. Nothing of the service's own types is used. Fields that later versions added have a
default that means "not said".
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Approval = Literal["auto", "required"]


class Cooldown(msgspec.Struct):
    """After `missed` interviews no new seat for `days`."""

    missed: int
    days: int


class Policy(msgspec.Struct):
    """What a stage allows; times in minutes or days as named."""

    min_notice_minutes: int
    horizon_days: int
    cancel_cutoff_minutes: int
    reschedule_cutoff_minutes: int
    max_active: int
    max_reschedules: int
    hold_minutes: int = 10
    approval: Approval = "auto"
    cooldown: Cooldown | None = None
    max_holds: int = 1
    offer_minutes: int = 60


class Recruiter(msgspec.Struct):
    """RecruiterRegistered, RecruiterChanged. Limits without a clock, as in the first version, were never kept."""

    recruiter_id: str
    city_ids: list[str]
    min_gap_minutes: int
    daily_limit: int | None = None
    weekly_limit: int | None = None
    time_zone: str | None = None


class RecruiterDeactivated(msgspec.Struct):
    """As its name says; so below."""

    recruiter_id: str


class AbsenceRecorded(msgspec.Struct, rename={"from_": "from"}):
    """Away in `[from_, to)`."""

    recruiter_id: str
    from_: datetime
    to: datetime


class StageDefined(msgspec.Struct):
    """A version of a stage."""

    stage_id: str
    version: int
    required_tests: list[str]
    policy: Policy


class TestDefined(msgspec.Struct):
    """A test."""

    __test__ = False  # pytest would take the name for a test case

    test_id: str
    pass_score: int
    valid_days: int


class SlotPublished(msgspec.Struct):
    """`local_start` is what the wall clock shows, without a zone; `utc_offset` in seconds."""

    slot_id: str
    recruiter_id: str
    city_id: str
    stage_id: str
    starts_at: datetime
    ends_at: datetime
    local_start: datetime
    utc_offset: int
    capacity: int
    policy_version: int
    series_id: str | None = None
    occurrence: str | None = None


class SlotCapacityChanged(msgspec.Struct, rename={"from_": "from"}):
    """More seats, or fewer."""

    slot_id: str
    from_: int
    to: int


class SlotNamed(msgspec.Struct):
    """SlotClosed, SlotReopened, SlotCancelled."""

    slot_id: str


class AgendaFreed(msgspec.Struct):
    """The slot leaves this interval."""

    slot_id: str
    starts_at: datetime
    ends_at: datetime


class SlotReanchored(msgspec.Struct):
    """The slot takes this interval."""

    slot_id: str
    starts_at: datetime
    ends_at: datetime
    was_starts_at: datetime
    utc_offset: int


class SeriesNamed(msgspec.Struct):
    """SeriesPublished, SeriesEnded."""

    series_id: str


class OccurrenceWithdrawn(msgspec.Struct):
    """A slot of the series was taken back."""

    series_id: str
    occurrence: str
    slot_id: str


class CandidateRegistered(msgspec.Struct):
    """A person, without what is personal."""

    candidate_id: str
    stage_id: str


class CandidateTested(msgspec.Struct):
    """One result."""

    candidate_id: str
    test_id: str
    score: int
    passed: bool
    taken_at: datetime
    valid_until: datetime


class TestResultVoided(msgspec.Struct):
    """One result less."""

    __test__ = False  # pytest would take the name for a test case

    candidate_id: str
    test_id: str
    taken_at: datetime


class CandidateAdvanced(msgspec.Struct, rename={"from_": "from"}):
    """Another stage."""

    candidate_id: str
    from_: str
    to: str


class CandidateNamed(msgspec.Struct):
    """CandidateRejected, CandidateWithdrew, CandidateHired, CandidateErased, ContactChanged, ChatLinked."""

    candidate_id: str
