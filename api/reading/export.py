"""Everything that is held about a person, over HTTP."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

from litestar import get
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from api.answering import encode, find
from api.auth import ADMINS, ROLES
from api.exchange import JSON, Answer
from api.headers import at_position
from api.problems import log_unavailable
from api.reading.parameters import Asked, now_of
from api.replies import READ_ERRORS, responses
from api.services import services_of
from events.log import LogUnavailable
from queries.person import HeldData, held_data
from queries.person_page import person_page

_HTML: Final = b"text/html; charset=utf-8"


@get(
    "/v1/candidates/{candidate_id:str}/export",
    operation_id="candidate-export",
    summary="Everything that is held about a candidate",
    tags=["candidates"],
    opt={ROLES: ADMINS},
    responses=responses(HeldData, READ_ERRORS),
)
async def export_candidate(
    request: Asked,
    candidate_id: FromPath[UUID],
    form: Annotated[Literal["json", "html"], QueryParameter(name="format", description="For whom it is.")] = "json",
) -> Answer:
    """All events with personal fields opened, the commands that wrote them or were refused, and rows of read models.

    As JSON, or as a page of HTML to hand over.
    """
    log, now = services_of(request.scope).opened, now_of(request)
    try:
        held, position = await find(
            request,
            lambda connection: held_data(log, connection.driver, candidate_id, now),
            unknown="unknown-candidate",
        )
    except LogUnavailable as error:
        raise log_unavailable() from error
    body, media_type = (person_page(held), _HTML) if form == "html" else (encode(held), JSON)
    return Answer(body, at_position(position), media_type=media_type)


EXPORT_ROUTES: list[ControllerRouterHandler] = [export_candidate]
