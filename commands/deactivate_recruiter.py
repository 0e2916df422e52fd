"""Deactivate a recruiter: no more slots, no more bookings; what is booked stays until staff cancels it."""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Reason
from commands.refusals import UnknownRecruiter
from events import tags
from events.entity import Absent
from events.recruiter import RECRUITER, ActiveRecruiter, InactiveRecruiter, RecruiterDeactivated


class DeactivateRecruiter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `deactivate-recruiter`."""

    recruiter_id: UUID
    reason: Reason


def decide(command: DeactivateRecruiter, view: View, _: Context) -> Decision:
    """Deactivating twice is accepted, with nothing to do."""
    (recruiter,) = view.of(RECRUITER.at(tags.recruiter(command.recruiter_id)))
    ids = {"recruiter_id": command.recruiter_id}
    match recruiter:
        case Absent():
            return UnknownRecruiter(command.recruiter_id)
        case InactiveRecruiter():
            return Accepted((), ids)
        case ActiveRecruiter():
            return Accepted((RecruiterDeactivated(command.recruiter_id, command.reason),), ids)
        case _:
            assert_never(recruiter)
