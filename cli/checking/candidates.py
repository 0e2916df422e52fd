"""Candidates: what they may take at a moment, and what they leave behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from cli.checking import stored
from cli.checking.breach import Broken, Rule
from cli.checking.world import Booking, Candidate, Entry, Result, Slot, StageVersion, World

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


def stage_defined(world: World, _: Entry, said: stored.StageDefined) -> None:
    """StageDefined: the next version."""
    versions = world.stages.setdefault(said.stage_id, [])
    policy = said.policy
    versions.append(
        StageVersion(
            said.required_tests,
            policy.min_notice_minutes * _MINUTE,
            policy.horizon_days * _DAY,
            policy.cancel_cutoff_minutes * _MINUTE,
            policy.reschedule_cutoff_minutes * _MINUTE,
            policy.max_active,
            policy.max_reschedules,
            policy.hold_minutes * _MINUTE,
            policy.offer_minutes * _MINUTE,
            policy.max_holds,
            policy.approval,
            None if policy.cooldown is None else (policy.cooldown.missed, policy.cooldown.days * _DAY),
        )
    )
    if said.version != len(versions):
        raise Broken(Rule.IDENTITY, f"stage {said.stage_id} has version {said.version} after {len(versions) - 1}")


def defined_test(world: World, _: Entry, said: stored.TestDefined) -> None:
    """TestDefined."""
    world.tests[said.test_id] = (said.pass_score, said.valid_days * _DAY)


def registered(world: World, _: Entry, said: stored.CandidateRegistered) -> None:
    """CandidateRegistered."""
    candidate = Candidate(said.candidate_id, said.stage_id, "active", {}, {}, {}, {}, set())
    world.candidates.begin(said.candidate_id, candidate)


def tested(world: World, entry: Entry, said: stored.CandidateTested) -> None:
    """CandidateTested: passed and valid as the test says."""
    candidate = _known(world, said.candidate_id)
    pass_score, valid = world.tests[said.test_id]
    if said.passed != (said.score >= pass_score) or said.valid_until != said.taken_at + valid:
        raise Broken(Rule.SCORES, f"test {said.test_id} of candidate {said.candidate_id} gives something else")
    if said.taken_at > entry.decided_at:
        raise Broken(Rule.SCORES, f"test {said.test_id} was not taken yet")
    result = Result(said.taken_at, entry.position, said.passed, said.valid_until)
    candidate.results.setdefault(said.test_id, []).append(result)


def result_voided(world: World, _: Entry, said: stored.TestResultVoided) -> None:
    """TestResultVoided: of equal moments, the one recorded last."""
    results = _known(world, said.candidate_id).results.get(said.test_id, [])
    taken = [result for result in results if result.taken_at == said.taken_at]
    if not taken:
        raise Broken(Rule.SCORES, f"candidate {said.candidate_id} has no such result of {said.test_id}")
    results.remove(max(taken))


def advanced(world: World, entry: Entry, said: stored.CandidateAdvanced) -> None:
    """CandidateAdvanced: nothing of the old stage stays once the command is complete."""
    candidate = _active(world, said.candidate_id)
    if candidate.stage_id != said.from_:
        raise Broken(Rule.OWN_STAGE, f"candidate {said.candidate_id} is in {candidate.stage_id}, not in {said.from_}")
    candidate.stage_id = said.to
    world.later.append((entry, lambda: _check_left(candidate, entry.decided_at, {said.from_})))


def ended(world: World, entry: Entry, said: stored.CandidateNamed) -> None:
    """CandidateRejected, CandidateWithdrew, CandidateHired: nothing stays once the command is complete."""
    candidate = _active(world, said.candidate_id)
    candidate.status = entry.type
    world.later.append((entry, lambda: _check_left(candidate, entry.decided_at, None)))


def erased(world: World, entry: Entry, said: stored.CandidateNamed) -> None:
    """CandidateErased: once, from wherever they stand; nothing stays once the command is complete."""
    candidate = _known(world, said.candidate_id)
    candidate.status = entry.type
    world.later.append((entry, lambda: _check_left(candidate, entry.decided_at, None)))


def reached(world: World, _: Entry, said: stored.CandidateNamed) -> None:
    """ContactChanged, ChatLinked: of somebody who was not erased."""
    _known(world, said.candidate_id)


def check_commitments(
    candidate: Candidate, slot: Slot, version: StageVersion, now: datetime, moving: Booking | None = None
) -> None:
    """C1, C2, C3, against the seats that the candidate kept and whose interviews are not over."""
    active = 0
    for other in candidate.bookings.values():
        if other is moving or other.slot.ends_at <= now:
            continue
        active += 1
        both = f"candidate {candidate.candidate_id} has slots {other.slot.slot_id} and {slot.slot_id}"
        if other.slot.starts_at < slot.ends_at and slot.starts_at < other.slot.ends_at:
            raise Broken(Rule.CANDIDATE_BUSY, f"{both} at once")
        if other.slot.stage_id == slot.stage_id:
            raise Broken(Rule.ONE_PER_STAGE, f"{both} of stage {slot.stage_id}")
    if active >= version.max_active:
        raise Broken(Rule.MAX_ACTIVE, f"candidate {candidate.candidate_id} has {active}, of {version.max_active}")


def check_cooldown(candidate: Candidate, version: StageVersion, now: datetime) -> None:
    """C5: for a new seat, not for changing the one there is."""
    if version.cooldown is not None:
        missed, wait = version.cooldown
        if len(candidate.missed) >= missed and max(candidate.missed.values()) + wait > now:
            raise Broken(Rule.COOLING_DOWN, f"candidate {candidate.candidate_id} missed {len(candidate.missed)}")


def check_notice(slot: Slot, version: StageVersion, now: datetime) -> None:
    """B1."""
    if not version.min_notice <= slot.starts_at - now <= version.horizon:
        raise Broken(Rule.NOTICE, f"slot {slot.slot_id} starts in {slot.starts_at - now}")


def check_stage(candidate: Candidate, slot: Slot, version: StageVersion, now: datetime) -> None:
    """F1."""
    if candidate.status != "active" or candidate.stage_id != slot.stage_id:
        who = f"candidate {candidate.candidate_id} is in {candidate.stage_id} ({candidate.status})"
        raise Broken(Rule.OWN_STAGE, f"{who}, slot {slot.slot_id} in {slot.stage_id}")
    for test_id in version.required_tests:
        counting = max(candidate.results.get(test_id, ()), default=None)
        if counting is None or not counting.passed or counting.valid_until <= now:
            raise Broken(Rule.TESTS, f"candidate {candidate.candidate_id} has no valid pass of {test_id}")


def check_apart(candidate: Candidate, now: datetime) -> None:
    """C1 among the seats that a candidate has."""
    active = sorted(
        (booking.slot for booking in candidate.bookings.values() if booking.slot.ends_at > now),
        key=lambda slot: slot.starts_at,
    )
    for slot, following in pairwise(active):
        if following.starts_at < slot.ends_at:
            both = f"candidate {candidate.candidate_id} has slots {slot.slot_id} and {following.slot_id}"
            raise Broken(Rule.CANDIDATE_BUSY, f"{both} at once")


def _known(world: World, candidate_id: str) -> Candidate:
    candidate = world.candidates[candidate_id]
    if candidate.status == "CandidateErased":
        raise Broken(Rule.ERASED, f"candidate {candidate_id} was erased")
    return candidate


def _active(world: World, candidate_id: str) -> Candidate:
    candidate = _known(world, candidate_id)
    if candidate.status != "active":
        raise Broken(Rule.OWN_STAGE, f"candidate {candidate_id} is no longer in the process")
    return candidate


def _check_left(candidate: Candidate, now: datetime, stages: set[str] | None) -> None:
    """Of these stages, or of any, there is no seat ahead, no hold and no wait."""
    ahead = [booking.slot for booking in candidate.bookings.values() if booking.slot.starts_at > now]
    held = [hold.slot for hold in candidate.holds.values()]
    of_stages = {slot.stage_id for slot in (*ahead, *held)} | {stage_id for _, stage_id in candidate.waits}
    if of_stages if stages is None else of_stages & stages:
        raise Broken(Rule.LEFT, f"candidate {candidate.candidate_id} keeps seats or waits in {sorted(of_stages)}")
