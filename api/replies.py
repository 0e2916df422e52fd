"""What the routes answer, as OpenAPI tells it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar.openapi.datastructures import ResponseSpec

from api.problems import MEDIA_TYPE, ProblemDetails

JSON: Final = "application/json"

_ERRORS: Final = {
    400: "The body, a parameter or a header is not valid.",
    401: "The bearer token is missing, unknown or revoked.",
    403: "Not with this token.",
    404: "There is no such thing.",
    409: "A rule says no; `code` tells which.",
    412: "It has changed since the position named in If-Match.",
    413: "The body is too large.",
    422: "The idempotency key was used before, with another body or by another principal.",
    503: "Not now; try again after Retry-After seconds.",
}
READ_ERRORS: Final = (400, 401, 403, 404, 503)
COMMAND_ERRORS: Final = tuple(_ERRORS)
BULK_ERRORS: Final = (400, 401, 403, 413)
STREAM_ERRORS: Final = (400, 401, 403, 503)


class WrittenEvent(msgspec.Struct, frozen=True):
    """One event that the command wrote."""

    position: int
    type: str
    data: dict[str, Any]


class CommandReply(msgspec.Struct, frozen=True):
    """The command was accepted; no events means that all was so already.

    The ids of what it made or changed stand beside these: `slot_id`, `candidate_id`, `booking_id`, ...
    """

    command_id: UUID
    position: int
    events: list[WrittenEvent]


def responses(success: type, errors: tuple[int, ...], media_type: str = JSON) -> dict[int, ResponseSpec]:
    """Describe what a route answers, beside what Litestar reads off its signature."""
    described = {
        status: ResponseSpec(
            ProblemDetails, generate_examples=False, description=_ERRORS[status], media_type=MEDIA_TYPE
        )
        for status in errors
    }
    done = ResponseSpec(success, generate_examples=False, description="Done.", media_type=media_type)
    return {200: done, **described}
