"""Erasing somebody by a command, as the worker and the command line do."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from commands.actor import Actor
from commands.erase_candidate import EraseCandidate
from commands.handling import Writer
from commands.replies import Reply
from commands.request import FINGERPRINTS, make_request
from events.log import ACCEPTED
from events.sealed import Vault

# Under such an id a candidate is erased once, whoever asks and however often.
_NAMESPACE: Final = UUID("5d7c2f0e-6f57-4a2c-9a6e-1c0f6b7f2d11")


class Erasing(NamedTuple):
    """What it takes."""

    writer: Writer
    vault: Vault
    actor: Actor

    async def erase(self, candidate_id: UUID, reason: str, asked_at: datetime | None = None) -> Reply:
        """Erase a candidate, and destroy the key at once; a reply other than "accepted" says why not.

        It is the same command each time, unless `asked_at` makes another one of it. Raises what the writer raises.
        """
        command_id = uuid5(_NAMESPACE, f"{candidate_id} {asked_at.isoformat() if asked_at else ''}")
        secret = await self.vault.secret(FINGERPRINTS)
        command = EraseCandidate(candidate_id, reason)
        reply = await self.writer.submit(make_request(command_id, self.actor, command, secret=secret))
        if reply.outcome == ACCEPTED:
            await self.vault.destroy([candidate_id])
        return reply
