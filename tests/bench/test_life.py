"""The weeks of life that long logs are printed from."""

from datetime import UTC, datetime
from uuid import uuid4

from bench.life import Sent, directory, life, opening
from bench.recording import Recorder
from events.log import ACCEPTED

ENDS = datetime(2026, 11, 20, 12, tzinfo=UTC)
KINDS = {
    "CityOpened",
    "RecruiterRegistered",
    "StageDefined",
    "TestDefined",
    "SeriesPublished",
    "SlotPublished",
    "SlotCapacityChanged",
    "SlotCancelled",
    "CandidateRegistered",
    "CandidateTested",
    "CandidateAdvanced",
    "CandidateRejected",
    "CandidateHired",
    "SlotHeld",
    "SlotBooked",
    "AttendanceAnswered",
    "BookingRescheduled",
    "BookingCancelled",
    "BookingAttended",
    "BookingMissed",
    "WaitlistJoined",
    "WaitlistLeft",
}


def test_a_life_has_much_of_what_can_happen_and_few_refusals() -> None:
    """All but those who come too late for a seat get what they ask for."""
    zone, recorder = "Asia/Tokyo", Recorder(uuid4)
    before = [Sent(ENDS.replace(month=10), *each) for each in (*directory(), *opening(zone, 1))]

    settled = recorder.settle([*before, *life(zone, 1, ENDS)])

    outcomes = [each.outcome for each in settled]
    assert {fact.type for each in settled for fact in each.facts} == KINDS
    assert set(outcomes) == {ACCEPTED, "slot-full"}
    assert outcomes.count("slot-full") < len(outcomes) / 20


def test_one_seed_is_one_life() -> None:
    """What is measured twice is the same twice; another seed is another life."""
    seeds = (1, 1, 2)

    first, again, other = (life("Asia/Tokyo", seed, ENDS) for seed in seeds)

    assert first == again
    assert first != other
