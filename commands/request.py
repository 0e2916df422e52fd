"""A command on its way: what is asked, by whom, and what it is known by."""

from __future__ import annotations

import hashlib
from uuid import UUID

import msgspec

from commands.actor import Actor
from commands.catalogue import BY_STRUCT

_encode = msgspec.json.Encoder().encode


class Request(msgspec.Struct, frozen=True, eq=False):
    """`fingerprint` tells whether a repeated command id comes with the same body from the same actor.

    `expected` is the position of `If-Match`. `trace` is a W3C traceparent.
    """

    command_id: UUID
    actor: Actor
    command: msgspec.Struct
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
    said = b"\x00".join((BY_STRUCT[type(command)].name.encode(), str(actor).encode(), _encode(command)))
    return Request(
        command_id,
        actor,
        command,
        hashlib.sha256(said).digest(),
        correlation_id or command_id,
        expected,
        causation_id,
        trace,
    )
