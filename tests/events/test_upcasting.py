"""What was stored in an old form, as it is read today."""

import json
from pathlib import Path
from typing import Any

import pytest

from events.booking import BookingRescheduled
from events.catalogue import CODEC
from events.recruiter import RecruiterRegistered
from events.stage import Cooldown, Policy, StageDefined
from tests.events.things import AT_NIGHT, BOOKING, CANDIDATE, OVER_MIDNIGHT, RECRUITER, SLOT, published

STORED: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "golden" / "events.json").read_text(encoding="utf-8")
)


def first_version(name: str) -> Any:
    """Read the first event of this name that was stored in version 1."""
    data = next(each["data"] for each in STORED["full"] if (each["type"], each["version"]) == (name, 1))
    return CODEC.decode(name, 1, data.encode())


@pytest.mark.parametrize(
    "expected",
    [
        RecruiterRegistered(RECRUITER, "Zoë Ångström", ("berlin", "new-york"), 15, 8, 40, "UTC"),
        StageDefined(
            "screening",
            2,
            "Screening",
            1,
            30,
            ("typing",),
            Policy(60, 30, 120, 240, 2, 1, 5, "required", Cooldown(2, 14), max_holds=1, offer_minutes=60),
        ),
        published(AT_NIGHT, fold=1, utc_offset=3600, capacity=12),
        BookingRescheduled(
            BOOKING, CANDIDATE, SLOT, OVER_MIDNIGHT, 2, "recruiter", "they are ill", 1, override=True, approval="auto"
        ),
    ],
    ids=lambda expected: type(expected).__name__,
)
def test_an_event_of_version_1_says_what_it_said(expected: Any) -> None:
    """What it told is kept, and what it could not tell yet is what was so then."""
    event = first_version(type(expected).__name__)

    assert event == expected
