"""A command on its way: what is asked, by whom, and what it is known by."""

from __future__ import annotations

import hashlib
from uuid import UUID

import msgspec

from commands.actor import Actor
from commands.catalogue import BY_STRUCT
from events.personal import personal_fields, redact

_encode = msgspec.json.Encoder().encode


class Request(msgspec.Struct, frozen=True, eq=False):
    """`fingerprint` tells whether a repeated command id comes with the same body from the same actor.

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
    expected: int | None = None,
    correlation_id: UUID | None = None,
    causation_id: UUID | None = None,
    trace: str | None = None,
) -> Request:
    """Make a request; without a correlation id it starts a chain of its own."""
    name = BY_STRUCT[type(command)].name
    said = _encode(command)
    return Request(
        command_id,
        actor,
        name,
        command,
        _encode(redact(command)) if personal_fields(type(command)) else said,
        hashlib.sha256(b"\x00".join((name.encode(), str(actor).encode(), said))).digest(),
        correlation_id or command_id,
        expected,
        causation_id,
        trace,
    )
