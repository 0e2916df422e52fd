"""A command on its way: what is asked, by whom, and what it is known by."""

from __future__ import annotations

import hmac
from typing import Final
from uuid import UUID

import msgspec

from commands.actor import Actor
from commands.catalogue import BY_STRUCT
from events.personal import personal_fields, redact

FINGERPRINTS: Final = "fingerprints"
"""The name of the secret that fingerprints are made with."""

_encode = msgspec.json.Encoder().encode


class Request(msgspec.Struct, frozen=True, eq=False):
    """`fingerprint` tells whether a repeated command id comes with the same body from the same actor, and nothing else.

    It covers personal fields, which could be guessed from a plain hash: so it is made with a secret of the service.

    `body` is the command as it is kept, personal fields redacted. `expected` is the position of `If-Match`. `trace` is
    a W3C traceparent.
    """

    command_id: UUID
    actor: Actor
    name: str
    command: msgspec.Struct
    body: bytes
    fingerprint: bytes
    correlation_id: UUID
    expected: int | None = None
    causation_id: UUID | None = None
    trace: str | None = None


def make_request(
    command_id: UUID,
    actor: Actor,
    command: msgspec.Struct,
    *,
    secret: bytes,
    expected: int | None = None,
    correlation_id: UUID | None = None,
    causation_id: UUID | None = None,
    trace: str | None = None,
) -> Request:
    """Make a request; without a correlation id it starts a chain of its own. `secret` is that of `FINGERPRINTS`."""
    name = BY_STRUCT[type(command)].name
    said = _encode(command)
    return Request(
        command_id,
        actor,
        name,
        command,
        _encode(redact(command)) if personal_fields(type(command)) else said,
        fingerprint(secret, name, actor, said),
        correlation_id or command_id,
        expected,
        causation_id,
        trace,
    )


def fingerprint(secret: bytes, name: str, actor: Actor, said: bytes) -> bytes:
    """HMAC-SHA-256 of a command's name, its actor and its body, joined by NUL."""
    return hmac.digest(secret, b"\x00".join((name.encode(), str(actor).encode(), said)), "sha256")
