"""Many commands in one request, for imports: `POST /v1/commands`. Each is settled on its own."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, post

from api import idempotency
from api.auth import ROLES, actor_of
from api.commands import BODY_BYTES, PATH, correlation_id, current_trace, fingerprinting, submit
from api.errors import UNREADABLE, body_problem, current_trace_id, status_of
from api.exchange import Answer, read_body
from api.headers import at_position
from api.problems import Problem, encode_problem, forbidden, too_large
from api.replies import BULK_ERRORS, responses
from api.services import Services, services_of
from commands.actor import Actor, Role
from commands.catalogue import BY_NAME, COMMAND_TYPES
from commands.request import Request as CommandRequest
from commands.request import make_request

MOST_COMMANDS: Final = 500
BULK_BYTES: Final = 8 * 1024 * 1024

_ROLES: Final[frozenset[Role]] = frozenset().union(*(kind.roles for kind in COMMAND_TYPES))
_DECODERS: Final = {kind.name: msgspec.json.Decoder(kind.struct).decode for kind in COMMAND_TYPES}
_encode = msgspec.json.Encoder().encode


class BulkCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One command, as it would be sent to its own route."""

    name: str
    body: msgspec.Raw
    idempotency_key: str | None = None


class Bulk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Each entry is a BulkCommand, but one that is malformed must not stop the others."""

    commands: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=MOST_COMMANDS)]


class Outcome(msgspec.Struct, frozen=True):
    """What the command's own route would have answered."""

    status: int
    replayed: bool
    body: msgspec.Raw


class Outcomes(msgspec.Struct, frozen=True):
    """One outcome per command, in their order."""

    outcomes: list[Outcome]


_decode_bulk = msgspec.json.Decoder(Bulk).decode
_decode_entry = msgspec.json.Decoder(BulkCommand).decode


@post(
    PATH,
    name="bulk",
    operation_id="bulk",
    summary="Many commands at once",
    description=f"Up to {MOST_COMMANDS} commands, taken on in their order and each settled on its own.",
    tags=["commands"],
    opt={ROLES: _ROLES},
    status_code=200,
    responses=responses(Outcomes, BULK_ERRORS),
)
async def bulk(request: Request[Any, Any, Any]) -> Answer:
    """Settle many commands."""
    actor, correlation = actor_of(request), correlation_id(request)
    try:
        entries = _decode_bulk(await read_body(request.receive, BULK_BYTES)).commands
    except UNREADABLE as error:
        raise body_problem(str(error)) from None
    services = services_of(request.scope)
    secret = await fingerprinting(services.vault)
    settled = await asyncio.gather(*(_settle(services, actor, correlation, entry, secret) for entry in entries))
    position = max((reached for _, reached in settled), default=services.positions.position)
    body = _encode(Outcomes([outcome for outcome, _ in settled]))
    return Answer(body, at_position(position))


async def _settle(
    services: Services, actor: Actor, correlation: UUID | None, entry: msgspec.Raw, secret: bytes
) -> tuple[Outcome, int]:
    """Settle one entry; gathered tasks start in order, so the writer takes the commands on in order."""
    try:
        asked = _read(actor, correlation, entry, secret)
        reply = await submit(services, asked)
    except UNREADABLE as error:
        return _failed(body_problem(str(error))), 0
    except Problem as problem:
        return _failed(problem), 0
    return Outcome(status_of(reply.outcome), reply.replayed, msgspec.Raw(reply.body)), reply.position


def _read(actor: Actor, correlation: UUID | None, entry: msgspec.Raw, secret: bytes) -> CommandRequest:
    command = _decode_entry(entry)
    kind = BY_NAME.get(command.name)
    if kind is None:
        raise Problem(404, "unknown-command", "There is no such command.")
    if actor.role not in kind.roles:
        raise forbidden(f"not for the role {actor.role}")
    if len(command.body) > BODY_BYTES:
        raise too_large(BODY_BYTES)
    command_id = idempotency.command_id(actor, command.idempotency_key)
    body = _DECODERS[kind.name](command.body)
    return make_request(command_id, actor, body, secret=secret, correlation_id=correlation, trace=current_trace())


def _failed(problem: Problem) -> Outcome:
    body = encode_problem(problem.status, problem.code, problem.detail, problem.facts, current_trace_id())
    return Outcome(problem.status, replayed=False, body=msgspec.Raw(body))
