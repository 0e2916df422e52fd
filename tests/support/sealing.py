"""A log that is sealed, and what an auditor has of it: a bundle, checkpoints, and the key they are signed with."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs

from cli.exporting.sink import replacing
from cli.proving.bundle import export_bundle
from events.log import Block, Hashed, Log, Recorded, content_hash, link_hash, microseconds
from events.proofs.checkpoint import Checkpoint, Sealed, sign
from events.proofs.keys import public_name
from tests.events.postgres.looking import owner
from workers.sealing import Stretch, draw_up

KEY: Final = Ed25519PrivateKey.from_private_bytes(sha256(b"of tests").digest())
OTHER_KEY: Final = Ed25519PrivateKey.from_private_bytes(sha256(b"of other tests").digest())
SIGNED_AT: Final = datetime(2027, 3, 1, 9, 0, 1, 500_000, tzinfo=UTC)


LOG: Final = UUID("7f0e4c52-9d8a-4a5e-8f58-6c1c2b3a4d5e")
COMMAND: Final = UUID("11111111-2222-4333-8444-555555555555")
MONDAY: Final = datetime(2027, 3, 1, 9, tzinfo=UTC)


def recorded(position: int, recorded_at: datetime, *, data: bytes = b"{}", **others: Any) -> Recorded:
    """Make an event whose content hash is its own."""
    said: dict[str, Any] = {
        "type": "Noted",
        "version": 1,
        "tags": ("note:1",),
        "decided_at": MONDAY,
        "command_id": COMMAND,
        "actor": "admin:ann",
        "correlation_id": COMMAND,
        "causation_id": None,
        "trace": None,
        **others,
    }
    event = Recorded(position=position, recorded_at=recorded_at, data=data, content_hash=b"", **said)
    return structs.replace(event, content_hash=content_hash(event, event, event.decided_at))


def linked(previous: bytes, events: Sequence[Recorded]) -> Block:
    """Make the block of events that were written at once."""
    first, last, moment = events[0].position, events[-1].position, events[0].recorded_at
    link = link_hash(previous, first, last, moment, [each.content_hash for each in events])
    return Block(first, last, moment, link)


class Kept(NamedTuple):
    """An event as an export tells of it."""

    position: int
    recorded: int
    envelope: bytes
    data: bytes
    stored: bytes | None


def kept(event: Recorded, stored: bytes | None = None) -> Kept:
    """Show an event as an export does; the envelope is written here by other means."""
    moment = event.decided_at.isoformat().replace("+00:00", "Z")
    causation = event.causation_id and str(event.causation_id)
    ids = (str(event.command_id), event.actor, str(event.correlation_id), causation)
    envelope = [event.type, event.version, event.tags, moment, *ids, event.trace]
    text = json.dumps(envelope, separators=(",", ":"), ensure_ascii=False)
    return Kept(event.position, microseconds(event.recorded_at), text.encode(), event.data, stored)


def hashed(events: Sequence[Recorded]) -> list[Hashed]:
    """Show events as the chain knows them."""
    return [Hashed(each.position, each.recorded_at, each.content_hash) for each in events]


async def log_id(url: str) -> UUID:
    """Name the log of a database."""
    async with owner(url) as connection:
        return UUID(str(await connection.fetchval("select id from audit.log")))


async def sealed(log: Log, name: UUID, *ends: int, key: Ed25519PrivateKey = KEY) -> list[Sealed]:
    """Sign the log up to each of these positions, which are ends of blocks."""
    blocks = [block async for block in log.blocks(after=0)]
    made: list[Sealed] = []
    after = 0
    for end in ends:
        stretch = Stretch([each for each in blocks if after < each.last <= end], await log.hashes(after, end))
        before = made[-1] if made else None
        drawn = draw_up(before, stretch, log=name, key=public_name(key), signed_at=SIGNED_AT)
        assert isinstance(drawn, Checkpoint)
        made.append(sign(drawn, key))
        after = end
    return made


def publish(path: Path, checkpoints: Sequence[Sealed]) -> Path:
    """Write checkpoints to a file."""
    path.write_bytes(b"".join(each.line + b"\n" for each in checkpoints))
    return path


async def exported(
    connection: asyncpg.Connection, path: Path, first: int | None = None, last: int | None = None
) -> Path:
    """Export the log as one connection sees it."""
    with replacing(path) as sink:
        await export_bundle(connection, sink, first, last)
    return path
