"""Why a slot is or is not offered to a candidate."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler

from api.auth import READERS, ROLES
from api.errors import status_of
from api.exchange import Answer
from api.headers import at_position
from api.problems import Problem, log_unavailable
from api.replies import READ_ERRORS, responses
from api.services import services_of
from commands.asking import ask
from commands.decision import Refusal
from commands.explaining import Explanation, explain
from events.log import LogUnavailable

_encode = msgspec.json.Encoder().encode


@get(
    "/v1/explain/slot",
    operation_id="explain-slot",
    summary="Why a slot is, or is not, offered to a candidate",
    tags=["slots"],
    opt={ROLES: READERS},
    responses=responses(Explanation, READ_ERRORS),
)
async def explain_slot(
    request: Request[Any, Any, Any], slot_id: FromQuery[UUID], candidate_id: FromQuery[UUID]
) -> Answer:
    """Name every rule of booking that says no, by the log as it stands now."""
    services = services_of(request.scope)
    log, now = services.opened, services.clock()
    try:
        position = max(services.positions.position, await log.wait(-1, 0))  # what is known without a question
        explained = await ask(log, lambda view: explain(slot_id, candidate_id, view, now))
    except LogUnavailable as error:
        raise log_unavailable() from error
    if isinstance(explained, Refusal):
        raise Problem(status_of(explained.code), explained.code, explained.meaning, explained.facts())
    return Answer(_encode(explained), at_position(position))


EXPLAINING_ROUTES: list[ControllerRouterHandler] = [explain_slot]
