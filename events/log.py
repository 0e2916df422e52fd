"""The port of the log: what is handed in, what is answered, what is read back.

The vocabulary is that of `eventsourcing.dcb.api`: a query selects events by types and tags, an append may be
conditional on nothing having happened that a query would find. `Boundary` is the fast path of such a condition, one
tag and a position.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, Protocol
from uuid import UUID

import msgspec
from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery

ACCEPTED = "accepted"
TAG_SEPARATOR = "\x1f"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_encode = msgspec.json.Encoder().encode


class LogUnavailable(Exception):
    """The log is out of reach, or an append's outcome unknown; trying the same command ids again is safe."""


class Fact(NamedTuple):
    """An event in its stored form, before it has a position."""

    type: str
    version: int
    tags: tuple[str, ...]
    data: bytes


class Recorded(msgspec.Struct, frozen=True):
    """An event of the log. Positions are dense: 1, 2, 3, ...; `data` is canonical JSON."""

    position: int
    type: str
    version: int
    tags: tuple[str, ...]
    data: bytes
    recorded_at: datetime
    decided_at: datetime
    command_id: UUID
    actor: str
    correlation_id: UUID
    causation_id: UUID | None
    trace: str | None
    content_hash: bytes


class Told(Protocol):
    """What a read model is told of an event; `Recorded` is that and more."""

    @property
    def position(self) -> int:
        """Where it stands in the log."""
        ...

    @property
    def type(self) -> str:
        """What it is called."""
        ...

    @property
    def version(self) -> int:
        """In which form it was written."""
        ...

    @property
    def data(self) -> bytes:
        """Canonical JSON."""
        ...

    @property
    def decided_at(self) -> datetime:
        """When it happened, for the rules."""
        ...


class Brief(msgspec.Struct, frozen=True, gc=False):
    """An event of the log without what only auditors ask for: half as dear to read as `Recorded`.

    `command_id` is there because sealed fields are bound to it.
    """

    position: int
    type: str
    version: int
    data: bytes
    decided_at: datetime
    command_id: UUID


class Hashed(NamedTuple):
    """An event of the log as the chain knows it."""

    position: int
    recorded_at: datetime
    content_hash: bytes


class Boundary(NamedTuple):
    """A condition: no event under `tag` is newer than `after`, up to which the decision knew it (0: none)."""

    tag: str
    after: int


class Attempt(msgspec.Struct, frozen=True):
    """One command as decided, handed to the log.

    `group` joins the attempts of a batch that must stand or fall together. `outcome` is "accepted" or the code of the
    refusal. `reply` holds a NUL byte wherever a position stands (see commands.replies).
    """

    command_id: UUID
    name: str
    body: bytes
    fingerprint: bytes
    actor: str
    outcome: str
    reply: bytes
    correlation_id: UUID
    group: int
    boundaries: Sequence[tuple[str, int]] = ()
    facts: Sequence[Fact] = ()
    condition: DCBAppendCondition | None = None
    causation_id: UUID | None = None
    trace: str | None = None


class Written(NamedTuple):
    """The attempt stands; `position` is the log's last after it, `first` is None where it wrote no event."""

    first: int | None
    position: int


class Duplicate(NamedTuple):
    """The command id was settled before; this is what was kept of it."""

    fingerprint: bytes
    outcome: str
    reply: bytes
    first: int | None
    position: int


class Conflict(NamedTuple):
    """The attempt, or one of its group, was decided on something that is no longer so; nothing of it was written."""


Verdict = Written | Duplicate | Conflict


class StoredCommand(msgspec.Struct, frozen=True):
    """A settled command; personal fields of `body` are redacted. `position` is the log's last once it was settled."""

    command_id: UUID
    name: str
    body: bytes
    actor: str
    decided_at: datetime
    outcome: str
    first: int | None
    position: int


class Block(NamedTuple):
    """One link of the chain: the events of one append, first to last; `hash` is their `link_hash`."""

    first: int
    last: int
    recorded_at: datetime
    hash: bytes


BEGINNING: Final = Block(0, 0, datetime.min.replace(tzinfo=UTC), hashlib.sha256(b"daybook").digest())
"""What every log begins with: it holds no event."""


class Under(NamedTuple):
    """What stands under a tag after a position: the events, and the position up to which the tag was read."""

    events: Sequence[Recorded]
    position: int


class Lived(NamedTuple):
    """All that stands under a tag up to some moment; `head` is the log's last position as that was read."""

    events: Sequence[Recorded]
    head: int


class Log(Protocol):
    """An append-only log in one total order."""

    async def append(self, attempts: Sequence[Attempt], decided_at: datetime) -> Sequence[Verdict]:
        """Settle a batch atomically, a verdict each, in order. LogUnavailable if the outcome is not known."""
        ...

    async def read_tags(self, wanted: Mapping[str, int]) -> Mapping[str, Under]:
        """Read what stands under each tag after its position."""
        ...

    def read(
        self, query: DCBQuery | None = None, *, after: int = 0, limit: int | None = None
    ) -> AsyncIterator[Recorded]:
        """Iterate over the events that match, in order, in bounded memory."""
        ...

    async def lived(self, tag: str, until: int | datetime | None = None) -> Lived:
        """Return what stands under a tag up to a position or a moment, in order and in one reading."""
        ...

    async def brief(self, after: int, limit: int) -> Sequence[Brief]:
        """Return the next events after a position, at most so many, with only what a read model is told."""
        ...

    def commands(self) -> AsyncIterator[StoredCommand]:
        """Iterate over the settled commands in the order they were decided, in bounded memory."""
        ...

    async def settled(self, command_ids: Collection[UUID]) -> Mapping[UUID, StoredCommand]:
        """Return those of these commands that are settled, by their ids."""
        ...

    def blocks(self, *, after: int = -1) -> AsyncIterator[Block]:
        """Iterate over the blocks that end after a position, in order, in bounded memory; the first is BEGINNING."""
        ...

    async def hashes(self, after: int, last: int) -> Sequence[Hashed]:
        """Return what the chain knows of the events after a position, up to another."""
        ...

    async def unfindable(self, after: int, last: int) -> int | None:
        """Return the first position from `after` + 1 to `last` whose event a query by one of its tags would miss."""
        ...

    async def head(self) -> int:
        """Return the last position; 0 when nothing was written."""
        ...

    async def wait(self, after: int, seconds: float) -> int:
        """Return the last position as soon as it is greater than `after`, or after that time."""
        ...


def content_hash(fact: Fact | Recorded, attempt: Attempt | Recorded, decided_at: datetime) -> bytes:
    """Hash what an event says: SHA-256 of its envelope as a canonical JSON array, a line feed, and its data.

    An event of the log stands for both, the fact and its attempt. Position and `recorded_at` are given later, by the
    block that links the hash into the chain.
    """
    envelope = (
        fact.type,
        fact.version,
        fact.tags,
        decided_at,
        attempt.command_id,
        attempt.actor,
        attempt.correlation_id,
        attempt.causation_id,
        attempt.trace,
    )
    return hashlib.sha256(_encode(envelope) + b"\n" + fact.data).digest()


def link_hash(previous: bytes, first: int, last: int, recorded_at: datetime, contents: Sequence[bytes]) -> bytes:
    """Hash a block: SHA-256(previous, first and last position, recorded_at in microseconds, content hashes)."""
    numbers = (first, last, microseconds(recorded_at))
    head = b"".join(number.to_bytes(8, "big", signed=True) for number in numbers)
    return hashlib.sha256(previous + head + b"".join(contents)).digest()


@lru_cache(maxsize=16)  # the events of a block were recorded at one moment
def microseconds(moment: datetime) -> int:
    """Return a moment as it is hashed: in microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND
