"""What happened under a tag: who did it, why, by which command and brought about by what; and what it adds up to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from events.catalogue import CODEC, entity_of
from events.log import Log, Recorded, StoredCommand
from events.sealed import redacted
from queries.feed_event import FeedEvent, fields_of


class WrittenBy(msgspec.Struct, frozen=True):
    """The command that wrote an event; its id stands with the event."""

    name: str
    outcome: str
    decided_at: datetime


class Cause(msgspec.Struct, frozen=True):
    """The command that brought another one about; `position` is the log's last once it was settled."""

    command_id: UUID
    name: str
    actor: str
    position: int


class HistoryEvent(FeedEvent, frozen=True, kw_only=True):
    """An event of the feed, with who and why.

    `reason` is that of the event, or of its command where the event has none. `command` is null where the log has lost
    it, `cause` where nothing brought the command about, or what did is no command (`causation_id` says what it is).
    """

    reason: str | None
    command: WrittenBy | None
    cause: Cause | None


class History(msgspec.Struct, frozen=True):
    """What happened under a tag up to `position`, the last of its events, and the state that adds up to."""

    tag: str
    position: int
    state: dict[str, Any]
    events: list[HistoryEvent]


class Told(msgspec.Struct, frozen=True):
    """A history, and the position of the log as it was read."""

    history: History
    head: int


async def history(log: Log, tag: str, until: int | datetime | None = None) -> Told | None:
    """Tell what stands under a tag up to a position or a moment, in two statements; None if nothing does.

    Raises LogUnavailable.
    """
    if entity_of(tag) is None:
        return None
    events, head = await log.lived(tag, until)
    if not events:
        return None
    causes = {cause for each in events if (cause := each.causation_id) is not None}
    asked = log.settled(causes.union(each.command_id for each in events))
    # The one looks the commands up, and the other folds while it waits for them.
    commands, state = await asyncio.gather(asked, _fold(tag, events))
    told = [_told(event, commands) for event in events]
    return Told(History(tag, events[-1].position, state, told), head)


def _told(event: Recorded, commands: Mapping[UUID, StoredCommand]) -> HistoryEvent:
    command = commands.get(event.command_id)
    cause = None if event.causation_id is None else commands.get(event.causation_id)
    return HistoryEvent(
        *fields_of(event),
        reason=_reason(event.data) or (None if command is None else _reason(command.body)),
        command=None if command is None else WrittenBy(command.name, command.outcome, command.decided_at),
        cause=None if cause is None else Cause(cause.command_id, cause.name, cause.actor, cause.position),
    )


class _Why(msgspec.Struct, frozen=True):
    """Why something was done, in an event or in the body of a command."""

    reason: Any = None
    reason_code: Any = None


_why: Final = msgspec.json.Decoder(_Why).decode
_MENTIONED: Final = b'"reason'  # to look for it costs less than to read the whole


def _reason(data: bytes) -> str | None:
    if _MENTIONED not in data:
        return None
    try:
        why = _why(data)
    except (msgspec.DecodeError, UnicodeDecodeError):  # other programs may store what they like
        return None
    return next((each for each in (why.reason, why.reason_code) if isinstance(each, str)), None)


async def _fold(tag: str, events: Sequence[Recorded]) -> dict[str, Any]:
    """Return the state with the name of its type, which is its status. It is folded without keys."""
    entity = entity_of(tag)
    assert entity is not None  # noqa: S101  nothing was read under a tag that no entity stands behind
    state = entity.initial
    for event in events:
        state = entity.evolve(state, CODEC.decode(event.type, event.version, redacted(event).data))
    plain = msgspec.to_builtins(state, str_keys=True)
    if isinstance(plain, dict):
        return {"status": type(state).__name__, **plain}
    return {"status": "Intervals", "intervals": plain}
