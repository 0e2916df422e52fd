"""Where the machines play: two recruiters, two stages, a few slots close together and a few people after them."""

from datetime import datetime, timedelta
from typing import Any

from commands.actor import Actor
from tests.machines.driving import ACCEPTED, Driver
from tests.machines.model import DAY, MINUTE, Candidate, Model, Recruiter, Slot, Stage

ADMIN = Actor("admin", "root")
SCREENING = {
    "min_notice_minutes": 60,
    "horizon_days": 2,
    "cancel_cutoff_minutes": 120,
    "reschedule_cutoff_minutes": 180,
    "max_active": 2,
    "max_reschedules": 1,
    "hold_minutes": 10,
    "approval": "auto",
    "cooldown": {"missed": 1, "days": 1},
    "max_holds": 1,
    "offer_minutes": 30,
}
INTERVIEW = {**SCREENING, "min_notice_minutes": 0, "max_reschedules": 2, "approval": "required", "cooldown": None}
# When slots start, in half hours after the opening: some at once with another recruiter, some adjacent.
OFFERED = ((0, 4, 0, 1), (0, 5, 0, 2), (1, 4, 0, 1), (0, 9, 1, 2), (1, 12, 0, 1), (0, 40, 0, 1), (1, 60, 1, 1))
ZONE = "Europe/Berlin"
LENGTH = 30 * MINUTE
PASS = 5
VALID = 2 * DAY


class Scene:
    """The model, and the driver beside it, brought to the same beginning."""

    def __init__(self, driver: Driver) -> None:
        """Open everything."""
        self.driver = driver
        self.model = Model()
        self.opening: datetime = driver.now.replace(microsecond=0) + timedelta(minutes=15)
        self._name = f"scene-{driver.new_id()}"
        self._must("open-city", city_id=self._name, name="Berlin", time_zone=ZONE, locale="de")
        self.test_id = f"{self._name}-typing"
        self._must("define-test", test_id=self.test_id, name="Typing", max_score=9, pass_score=PASS, valid_days=2)
        for order, (policy, tests) in enumerate(((SCREENING, ()), (INTERVIEW, (self.test_id,)))):
            self._stage(order, policy, tests)
        for gap in (0, 15):
            self._recruiter(gap)
        for recruiter, half_hours, stage, seats in OFFERED:
            slot = self.unpublished(recruiter, half_hours, stage, seats)
            slot.id = self._must("publish-slot", **self.body_of(slot))["slot_id"]
            self.model.slots.append(slot)
        for stage in (0, 0, 0, 1):
            self._candidate(self.model.stages[stage])
        self._must("record-test-result", **self.result_of(self.model.candidates[-1], PASS))

    def unpublished(self, recruiter: int, half_hours: int, stage: int, seats: int) -> Slot:
        """Think of a slot."""
        starts = self.opening + half_hours * LENGTH
        ends = starts + LENGTH
        return Slot("", self.model.recruiters[recruiter], self.model.stages[stage], starts, ends, seats)

    def body_of(self, slot: Slot) -> dict[str, Any]:
        """Say how a slot is published."""
        where = {"recruiter_id": slot.recruiter.id, "city_id": self._name, "stage_id": slot.stage.id}
        return {**where, "starts_at": slot.starts.isoformat(), "capacity": slot.seats}

    def waitlist_of(self, candidate: Candidate, stage: Stage) -> dict[str, Any]:
        """Name a place on a list."""
        return {"candidate_id": candidate.id, "city_id": self._name, "stage_id": stage.id}

    def result_of(self, candidate: Candidate, score: int) -> dict[str, Any]:
        """Say what somebody scored, and note it."""
        candidate.results.append((self.test_id, score >= PASS, self.driver.now + VALID))
        return {"candidate_id": candidate.id, "test_id": self.test_id, "score": score}

    def definition_of(self, stage: Stage) -> dict[str, Any]:
        """Say how a stage is defined."""
        definition = {"stage_id": stage.id, "name": "Stage", "order": 1, "duration_minutes": 30}
        return {**definition, "required_tests": stage.tests, "policy": stage.policy}

    def _stage(self, order: int, policy: dict[str, Any], tests: tuple[str, ...]) -> None:
        stage = Stage(f"{self._name}-{order}", policy, tests)
        self._must("define-stage", **self.definition_of(stage))
        self.model.stages.append(stage)

    def _recruiter(self, gap: int) -> None:
        recruiter = Recruiter(self.driver.new_id(), gap * MINUTE)
        person = {"recruiter_id": recruiter.id, "name": "Anna", "city_ids": [self._name]}
        self._must("register-recruiter", **person, min_gap_minutes=gap)
        self.model.recruiters.append(recruiter)

    def _candidate(self, stage: Stage) -> None:
        person = {"name": "Kim", "city_id": self._name, "stage_id": stage.id, "locale": "de"}
        told = self._must("register-candidate", **person)
        self.model.candidates.append(Candidate(told["candidate_id"], stage))

    def _must(self, name: str, /, **body: Any) -> dict[str, str]:
        answer = self.driver.do(name, body, ADMIN)
        assert answer.outcome == ACCEPTED, (name, answer)
        return dict(answer.ids)
