"""Attempts as tests of the log hand them in: only what a test is about is said."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery, DCBQueryItem

from events.log import ACCEPTED, Attempt, Boundary, Fact, Log, Recorded, Verdict, Written

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)


def fact(*tags: str, type_: str = "Noted", data: bytes = b"{}") -> Fact:
    """Make a fact under tags."""
    return Fact(type_, 1, tags, data)


def attempt(  # noqa: PLR0913  each is one thing a test may be about
    *facts: Fact,
    command_id: UUID | None = None,
    outcome: str = ACCEPTED,
    reply: bytes = b"done",
    group: int = 0,
    boundaries: Sequence[tuple[str, int]] = (),
    condition: DCBAppendCondition | None = None,
) -> Attempt:
    """Make an attempt to write facts."""
    command_id = command_id or uuid4()
    return Attempt(
        command_id=command_id,
        name="note",
        body=b'{"text":"..."}',
        fingerprint=command_id.bytes,
        actor="admin:ann",
        outcome=outcome,
        reply=reply,
        correlation_id=command_id,
        group=group,
        boundaries=[Boundary(*each) for each in boundaries],
        facts=facts,
        condition=condition,
    )


def condition(*items: DCBQueryItem, after: int | None = None) -> DCBAppendCondition:
    """Make a condition that fails if an event matches any of the items."""
    return DCBAppendCondition(DCBQuery(list(items)), after)


async def settle(log: Log, *attempts: Attempt) -> list[Verdict]:
    """Append a batch."""
    return list(await log.append(attempts, NOW))


async def write(log: Log, *facts: Fact) -> int:
    """Append one command that must stand; return the last position."""
    [verdict] = await settle(log, attempt(*facts))
    assert isinstance(verdict, Written)
    return verdict.position


async def whole(log: Log, query: DCBQuery | None = None, *, after: int = 0, limit: int | None = None) -> list[Recorded]:
    """Read to the end."""
    return [event async for event in log.read(query, after=after, limit=limit)]
