"""Register a candidate."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Locale
from commands.refusals import AlreadyExists, Erased, UnknownCity, UnknownStage
from events import tags
from events.candidate import CANDIDATE, CandidateRegistered
from events.city import CITY, Slug
from events.entity import Absent
from events.personal import Personal
from events.stage import STAGE


class RegisterCandidate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `register-candidate`."""

    name: Personal
    city_id: Slug
    stage_id: Slug
    locale: Locale
    candidate_id: UUID | None = None
    phone: Personal | None = None
    email: Personal | None = None
    telegram_id: Personal | None = None


def decide(command: RegisterCandidate, view: View, context: Context) -> Decision:
    """A candidate starts in a stage and a city that exist."""
    candidate_id = command.candidate_id or context.new_id("candidate")
    candidate = view.new(CANDIDATE.at(tags.candidate(candidate_id)))
    if not isinstance(candidate, Absent):
        return Erased(candidate_id) if candidate.status == "erased" else AlreadyExists(str(candidate_id))
    city, stage = view.of(CITY.at(tags.city(command.city_id)), STAGE.at(tags.stage(command.stage_id)))
    if isinstance(city, Absent):
        return UnknownCity(command.city_id)
    if isinstance(stage, Absent):
        return UnknownStage(command.stage_id)
    registered = CandidateRegistered(
        candidate_id,
        command.name,
        command.phone,
        command.email,
        command.telegram_id,
        command.city_id,
        command.stage_id,
        command.locale,
    )
    return Accepted((registered,), {"candidate_id": candidate_id})
