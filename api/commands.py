"""One route per command: `POST /v1/commands/<name>`."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request, post
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler

from api import idempotency
from api.auth import ROLES, actor_of
from api.erasing import take_effect
from api.errors import OK, UNREADABLE, body_problem, status_of
from api.exchange import JSON, Answer, read_body
from api.headers import at_position, header
from api.problems import MEDIA_TYPE, Problem, invalid_parameter, unavailable
from api.replies import COMMAND_ERRORS, CommandReply, responses
from api.services import Services, services_of
from commands.catalogue import COMMAND_TYPES, CommandType
from commands.handling import Busy, KeyReused
from commands.replies import Reply
from commands.request import FINGERPRINTS, make_request
from commands.request import Request as CommandRequest
from daybook import trace_context
from events.log import LogUnavailable
from events.sealed import Vault

BODY_BYTES: Final = 64 * 1024
PATH: Final = "/v1/commands"

_PROBLEM: Final = MEDIA_TYPE.encode()
_IF_MATCH: Final = re.compile(r'"([0-9]{1,18})"')
_CORRELATION_HEADER: Final = "Daybook-Correlation-Id"


async def submit(services: Services, request: CommandRequest) -> Reply:
    """Settle a command; raises Problem where there is no reply to keep."""
    try:
        return await take_effect(services.vault, request.command, await services.writer.submit(request))
    except KeyReused:
        detail = "This idempotency key was used before, with another body or by another principal."
        raise Problem(422, "idempotency-key-reused", detail) from None
    except Busy:
        raise unavailable("busy", "There is more to do than can be done now. Nothing was done.") from None
    except LogUnavailable as error:
        raise _out_of_reach() from error


async def fingerprinting(vault: Vault) -> bytes:
    """Return the secret that fingerprints are made with, which is looked up once; raises Problem."""
    try:
        return await vault.secret(FINGERPRINTS)
    except LogUnavailable as error:
        raise _out_of_reach() from error


def correlation_id(request: Request[Any, Any, Any]) -> UUID | None:
    """Read the id of the conversation a command belongs to; raises Problem."""
    given = header(request.scope, _CORRELATION_HEADER.lower().encode())
    try:
        return UUID(given) if given is not None else None
    except ValueError:
        raise invalid_parameter(_CORRELATION_HEADER, "Expected a UUID") from None


def current_trace() -> str | None:
    """Return the traceparent that the events of this request are stored with."""
    context = trace_context.current()
    return str(context) if context else None


def _out_of_reach() -> Problem:
    detail = "The log cannot be reached. Send the same key again to learn whether the command was settled."
    return unavailable("log-unavailable", detail)


def _expected(request: Request[Any, Any, Any]) -> int | None:
    given = header(request.scope, b"if-match")
    if given is None:
        return None
    position = _IF_MATCH.fullmatch(given)
    if position is None:
        raise invalid_parameter("If-Match", 'Expected a position in quotes, like "123"')
    return int(position[1])


def _route(kind: CommandType) -> HTTPRouteHandler:
    decode = msgspec.json.Decoder(kind.struct).decode

    async def handle(request: Request[Any, Any, Any]) -> Answer:
        actor = actor_of(request)
        command_id = idempotency.command_id(actor, header(request.scope, b"idempotency-key"))
        expected, correlation = _expected(request), correlation_id(request)
        try:
            command = decode(await read_body(request.receive, BODY_BYTES))
        except UNREADABLE as error:
            raise body_problem(str(error)) from None
        services = services_of(request.scope)
        asked = make_request(
            command_id,
            actor,
            command,
            secret=await fingerprinting(services.vault),
            expected=expected,
            correlation_id=correlation,
            trace=current_trace(),
        )
        return _answer(await submit(services, asked))

    return post(
        f"{PATH}/{kind.name}",
        name=kind.name,
        operation_id=kind.name,
        summary=kind.name.replace("-", " ").capitalize(),
        description=f"{kind.struct.__doc__}\n\n{kind.decide.__doc__}",
        tags=["commands"],
        opt={ROLES: kind.roles},
        status_code=200,
        responses=responses(CommandReply, COMMAND_ERRORS),
    )(handle)


def _answer(reply: Reply) -> Answer:
    status = status_of(reply.outcome)
    headers = [at_position(reply.position)]
    if reply.replayed:
        headers.append((b"idempotency-replayed", b"true"))
    return Answer(reply.body, *headers, status=status, media_type=JSON if status == OK else _PROBLEM)


COMMAND_ROUTES: list[ControllerRouterHandler] = [_route(kind) for kind in COMMAND_TYPES]
