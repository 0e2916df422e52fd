"""Change what a candidate can be reached by."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.fields import Locale
from commands.refusals import Erased, UnknownCandidate
from events import tags
from events.candidate import CANDIDATE, ContactChanged
from events.entity import Absent
from events.personal import Personal


class ChangeContact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `change-contact`: what is left out stays as it is, null takes it away."""

    candidate_id: UUID
    name: Personal | msgspec.UnsetType = msgspec.UNSET
    phone: Personal | msgspec.UnsetType | None = msgspec.UNSET
    email: Personal | msgspec.UnsetType | None = msgspec.UNSET
    locale: Locale | msgspec.UnsetType = msgspec.UNSET


def decide(command: ChangeContact, view: View, _: Context) -> Decision:
    """Changing nothing is accepted, with nothing to do."""
    (candidate,) = view.of(CANDIDATE.at(tags.candidate(command.candidate_id)))
    ids = {"candidate_id": command.candidate_id}
    if isinstance(candidate, Absent):
        return UnknownCandidate(command.candidate_id)
    if candidate.status == "erased":
        return Erased(command.candidate_id)
    if (command.name, command.phone, command.email, command.locale) == (msgspec.UNSET,) * 4:
        return Accepted((), ids)
    changed = ContactChanged(command.candidate_id, command.name, command.phone, command.email, command.locale)
    return Accepted((changed,), ids)
