"""Whoever is erased over HTTP has no key any more when the answer is given."""

from __future__ import annotations

from contextlib import suppress

import msgspec

from commands.erase_candidate import EraseCandidate
from commands.replies import Reply
from events.log import ACCEPTED, LogUnavailable
from events.sealed import Vault


async def take_effect(vault: Vault, command: msgspec.Struct, reply: Reply) -> Reply:
    """Destroy the key, if somebody was erased, and return the reply.

    The worker does it again: it is no matter if it cannot be done now.
    """
    if isinstance(command, EraseCandidate) and reply.outcome == ACCEPTED:
        with suppress(LogUnavailable):
            await vault.destroy([command.candidate_id])
    return reply
