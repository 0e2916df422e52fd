"""The reply to a command, kept with it byte for byte.

A reply names positions, which are only known inside the append. So it is kept with a NUL byte wherever a position
stands (JSON has none), and the positions are set in when it is read: the last one first, then one for each event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from commands.decision import Accepted, Refusal
from commands.request import Request
from events.log import Fact

_POSITION: Final = b"\x00"
_encode = msgspec.json.Encoder().encode


class Reply(msgspec.Struct, frozen=True):
    """What is answered: "accepted" or the code of the refusal, the position it reflects, and the body."""

    command_id: UUID
    outcome: str
    position: int
    body: bytes
    replayed: bool = False


def accepted(command_id: UUID, decision: Accepted, public: Iterable[Fact]) -> bytes:
    """Compose the reply to an accepted command; `public` are its events without personal data."""
    events = b",".join(
        [b'{"position":\x00,"type":"%b","data":%b}' % (fact.type.encode(), fact.data) for fact in public]
    )
    told = b"".join([b',"%b":%b' % (name.encode(), _encode(value)) for name, value in _told(decision)])
    return b'{"command_id":%b,"position":\x00,"events":[%b]%b}' % (_encode(command_id), events, told)


def _told(decision: Accepted) -> Iterable[tuple[str, object]]:
    return [*decision.ids.items(), *decision.report.items()]


def with_positions(reply: bytes, first: int | None, last: int) -> bytes:
    """Set the positions in."""
    start, *pieces = reply.split(_POSITION)
    positions = (last,) if first is None else (last, *range(first, last + 1))
    return start + b"".join([b"%d%b" % pair for pair in zip(positions, pieces, strict=False)])


def plain(_: Request, refusal: Refusal, alternatives: Sequence[Any]) -> bytes:
    """Compose the body of a refusal where there is no HTTP around it."""
    said = {"code": refusal.code, "detail": refusal.meaning, "facts": refusal.facts()}
    return _encode({**said, "alternatives": alternatives} if alternatives else said)
