"""Proofs of single events, and receipts of commands: verifiable without Daybook, and without showing other events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Request, get
from litestar.params import FromPath, PathParameter
from litestar.types import ControllerRouterHandler

from api.auth import AUDITORS, READERS, ROLES
from api.exchange import Answer
from api.outages import QUERY_ERRORS, is_outage
from api.problems import RETRY_SECONDS, Problem, log_unavailable
from api.recording import record_answer
from api.replies import READ_ERRORS, responses
from api.services import Services, services_of
from daybook.engine import Connection
from events.log import Hashed, Log, LogUnavailable, microseconds
from events.moments import POSITION_MAX
from events.proofs.merkle import leaf_hash, path_to
from queries.proofs import Covering, said, written

FORMAT: Final = "daybook-proof-1"

_encode = msgspec.json.Encoder().encode


class ProvedEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event, and its path to the root that the checkpoint names.

    `recorded` is in microseconds since 1970. `content` is the SHA-256 of `envelope`, a line feed, and `data`, which are
    left out of receipts. Hashes are in hex.
    """

    position: int
    recorded: int
    content: str
    path: list[str]
    envelope: str | None = None
    data: str | None = None


class Proof(msgspec.Struct, frozen=True):
    """What `verify_daybook.py --proof` takes. `checkpoint` is the line that was published, byte for byte."""

    format: Literal["daybook-proof-1"]
    checkpoint: str
    events: list[ProvedEvent]


class Receipt(msgspec.Struct, frozen=True):
    """A proof of what a command wrote. `checkpoint` is null, and paths are empty, until one covers its events."""

    format: Literal["daybook-proof-1"]
    command_id: UUID
    sealed: bool
    checkpoint: str | None
    events: list[ProvedEvent]


@get(
    "/v1/proofs/{position:str}",
    operation_id="proof",
    summary="Proof that an event stands in the log as it was written",
    tags=["log"],
    opt={ROLES: AUDITORS},
    responses=responses(Proof, (*READ_ERRORS, 409)),
)
async def proof(
    request: Request[Any, Any, Any], position: Annotated[int, PathParameter(ge=1, le=POSITION_MAX)]
) -> Answer:
    """Show one event, and what proves it against the checkpoint that covers it."""
    services = services_of(request.scope)
    async with _reading(services) as connection:
        told = await said(connection, position)
        if told is None:
            raise Problem(404, "unknown-position", "There is no event at this position.")
        sealed = told.sealed
        if sealed is None:
            headers = {"Retry-After": str(RETRY_SECONDS)}
            raise Problem(409, "not-sealed-yet", "No checkpoint covers this event yet.", headers=headers)
        [event] = await _proved(services.log, sealed, position, position)
    await record_answer(request.scope, position, position)
    shown = msgspec.structs.replace(event, envelope=told.envelope, data=told.data)
    return Answer(_encode(Proof(FORMAT, sealed.line, [shown])))


@get(
    "/v1/receipts/{command_id:str}",
    operation_id="receipt",
    summary="Receipt for what a command wrote",
    tags=["log"],
    opt={ROLES: READERS},
    responses=responses(Receipt, READ_ERRORS),
)
async def receipt(request: Request[Any, Any, Any], command_id: FromPath[UUID]) -> Answer:
    """Tell positions and content hashes, which show nothing of what was written, with proofs once there are any."""
    services = services_of(request.scope)
    async with _reading(services) as connection:
        wrote = await written(connection, command_id)
        if wrote is None:
            raise Problem(404, "unknown-command", "No command with this id was settled.")
        sealed = None if wrote.first is None else wrote.sealed
        if wrote.first is None:
            events = []
        elif sealed is None:
            hashed = await services.log.hashes(wrote.first - 1, wrote.last)
            events = [_shown(each, ()) for each in hashed]
        else:
            events = await _proved(services.log, sealed, wrote.first, wrote.last)
    line = None if sealed is None else sealed.line
    return Answer(_encode(Receipt(FORMAT, command_id, sealed is not None, line, events)))


@asynccontextmanager
async def _reading(services: Services) -> AsyncIterator[Connection]:
    """Lend a connection. Raises Problem where the database is away."""
    try:
        async with services.engine.connect() as connection:
            yield connection
    except (LogUnavailable, *QUERY_ERRORS) as error:
        if isinstance(error, LogUnavailable) or is_outage(error):
            raise log_unavailable() from error
        raise


async def _proved(log: Log, sealed: Covering, first: int, last: int) -> list[ProvedEvent]:
    """Find the paths of some events of a checkpoint; those of a command never lie in two."""
    covered = await log.hashes(sealed.first - 1, sealed.last)
    leaves = [leaf_hash(each) for each in covered]
    return [
        _shown(each, path_to(leaves, index)) for index, each in enumerate(covered) if first <= each.position <= last
    ]


def _shown(event: Hashed, path: Sequence[bytes]) -> ProvedEvent:
    recorded, content = microseconds(event.recorded_at), event.content_hash.hex()
    return ProvedEvent(event.position, recorded, content, [each.hex() for each in path])


PROOF_ROUTES: list[ControllerRouterHandler] = [proof, receipt]
