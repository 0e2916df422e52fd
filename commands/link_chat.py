"""Link a chat: the bot talks with the candidate there from here on."""

from __future__ import annotations

from uuid import UUID

import msgspec

from commands.decision import Accepted, Context, Decision, View
from commands.refusals import Erased, UnknownCandidate
from events import tags
from events.candidate import CANDIDATE, ChatLinked
from events.entity import Absent
from events.personal import Personal


class LinkChat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `link-chat`."""

    candidate_id: UUID
    telegram_id: Personal


def decide(command: LinkChat, view: View, _: Context) -> Decision:
    """The newest chat counts.

    Linking the same one again is a fact again: what a candidate can be reached by is sealed, so no state has it to
    compare with.
    """
    (candidate,) = view.of(CANDIDATE.at(tags.candidate(command.candidate_id)))
    if isinstance(candidate, Absent):
        return UnknownCandidate(command.candidate_id)
    if candidate.status == "erased":
        return Erased(command.candidate_id)
    return Accepted((ChatLinked(command.candidate_id, command.telegram_id),), {"candidate_id": command.candidate_id})
