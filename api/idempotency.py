"""From an idempotency key to the id of the command."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID, uuid5

from api.problems import Problem, invalid_parameter
from commands.actor import Actor

HEADER: Final = "Idempotency-Key"

_NAMESPACE: Final = UUID("0b0d6d0e-6f0c-4a53-9c3c-8a8f9a4d7c11")
_VISIBLE: Final = re.compile(r"[!-~]{1,255}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def command_id(actor: Actor, key: str | None) -> UUID:
    """Return the id that a key stands for. A UUID is the id; any other key is this principal's own. Raises Problem."""
    if not key:
        raise Problem(400, "idempotency-key-missing", f"A command needs the header {HEADER}.")
    if _UUID.fullmatch(key):
        return UUID(key)
    if not _VISIBLE.fullmatch(key):
        raise invalid_parameter(HEADER, "Expected 1 to 255 visible ASCII characters")
    return uuid5(_NAMESPACE, f"{actor} {key}")
