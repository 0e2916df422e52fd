"""What is written down of a read: who asked, for what, and which positions they were shown.

Of the parameters only those that name things are kept, and only if they look like it: never what somebody is looked
for by, nor what was never meant for us.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl
from uuid import UUID, uuid4

import msgspec
from litestar.types import Scope

from api.problems import Problem, unavailable
from api.reads import Kind, NotRecorded, Read
from api.services import services_of
from commands.actor import Actor
from daybook.trace_context import current

KEPT: Final = frozenset(
    {
        *("after", "limit", "type", "tag", "as_of", "from", "to", "status"),
        *("city_id", "stage_id", "recruiter_id", "candidate_id", "slot_id", "booking_id", "series_id"),
        *("test_id",),
    }
)
SAID: Final = frozenset({"q", "cursor"})

_NAMING: Final = re.compile(r"[A-Za-z0-9_:/.+#@-]{1,200}")
_encode = msgspec.json.Encoder(order="sorted").encode


async def record_answer(scope: Scope, first: int | None, last: int | None) -> None:
    """Write down which positions an answer shows. Raises Problem: then it must not be given."""
    await _record(_read(scope, uuid4(), "answer", first, last), scope)


async def record_stream(scope: Scope, after: int) -> Callable[[int], None]:
    """Write down that a stream begins after a position; return what notes where it ended. Raises Problem."""
    read_id = uuid4()
    await _record(_read(scope, read_id, "stream-begun", after + 1, None), scope)
    begun = _read(scope, read_id, "stream-ended", after + 1, None)

    def ended(last: int) -> None:
        services_of(scope).reads.note(begun._replace(read_at=datetime.now(UTC), last_position=last))

    return ended


async def _record(read: Read, scope: Scope) -> None:
    try:
        await services_of(scope).reads.record(read)
    except NotRecorded as error:
        raise _not_recorded() from error


def _read(scope: Scope, read_id: UUID, kind: Kind, first: int | None, last: int | None) -> Read:
    actor: Actor = scope["user"]
    trace = current()
    return Read(
        read_id=read_id,
        kind=kind,
        read_at=datetime.now(UTC),
        role=actor.role,
        token=actor.name,
        route=scope["path_template"],
        parameters=_encode(_parameters(scope)).decode(),
        first_position=first,
        last_position=last,
        trace=None if trace is None else str(trace),
    )


def _parameters(scope: Scope) -> dict[str, list[str | None]]:
    """Collect what names things, from the path and the query."""
    told = {name: [_naming(str(value).removeprefix("/"))] for name, value in scope["path_params"].items()}
    for name, value in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
        if name in KEPT:
            told.setdefault(name, []).append(_naming(value))
        elif name in SAID:
            told.setdefault(name, []).append(None)
    return told


def _naming(value: str) -> str | None:
    return value if _NAMING.fullmatch(value) else None


def _not_recorded() -> Problem:
    return unavailable("audit-unavailable", "This read cannot be written down, so that it is not answered.")
