"""The stages of the story and the tests before them: what makes a booking too soon, too late or one too many."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

SCREENING, INTERVIEW, FINAL = "screening", "interview", "final"
REASONING, LANGUAGE = "reasoning", "language"

MAX_RESCHEDULES = 2
CANCEL_CUTOFF_MINUTES = 6 * 60
HORIZON_DAYS = 30
HOLD_MINUTES = 30
"""Longer than the story takes, so that no hold expires in it."""


class Test(msgspec.Struct, frozen=True):
    """A test and what passes it."""

    __test__ = False  # pytest would take the name for a test case

    test_id: str
    name: str
    max_score: int
    pass_score: int
    valid_days: int


class Stage(msgspec.Struct, frozen=True):
    """A stage; `share` is how many of all candidates, and of all slots, are in it.

    Where `approval` is required, a booking waits until the recruiter says yes.
    """

    stage_id: str
    name: str
    minutes: int
    required_tests: tuple[str, ...]
    min_notice_minutes: int
    share: float
    approval: Literal["auto", "required"] = "auto"

    def body(self, order: int) -> dict[str, Any]:
        """Return the body of `define-stage`."""
        return {
            "stage_id": self.stage_id,
            "name": self.name,
            "order": order,
            "duration_minutes": self.minutes,
            "required_tests": self.required_tests,
            "policy": {
                "min_notice_minutes": self.min_notice_minutes,
                "horizon_days": HORIZON_DAYS,
                "cancel_cutoff_minutes": CANCEL_CUTOFF_MINUTES,
                "reschedule_cutoff_minutes": 12 * 60,
                "max_active": 2,
                "max_reschedules": MAX_RESCHEDULES,
                "hold_minutes": HOLD_MINUTES,
                "approval": self.approval,
            },
        }


TESTS = (Test(REASONING, "Reasoning", 40, 24, 180), Test(LANGUAGE, "Language", 100, 60, 365))
STAGES = (
    Stage(SCREENING, "Screening call", 30, (), 60, 0.7),
    Stage(INTERVIEW, "Interview", 45, (REASONING,), 120, 0.2),
    Stage(FINAL, "Final interview", 60, (REASONING, LANGUAGE), 240, 0.1, "required"),
)
