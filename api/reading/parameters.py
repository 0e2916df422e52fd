"""What the routes of the read models take, and how what is taken is checked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, get_args
from uuid import UUID

import msgspec
from litestar import Request
from litestar.params import PathParameter, QueryParameter

from api.as_of import then_of
from api.auth import actor_of
from api.problems import forbidden, invalid_parameter
from api.services import services_of
from events.city import Slug
from queries.page import MAX_LIMIT, Paging
from queries.searching import Sought

_CURSOR_LENGTH: Final = 2_000
_SHORTEST_SEARCH: Final = 2
_LONGEST_SEARCH: Final = 100
_SLUG: Final[str] = get_args(Slug)[1].pattern

Asked = Request[Any, Any, Any]

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="How many, at most.")]
Cursor = Annotated[str | None, QueryParameter(max_length=_CURSOR_LENGTH, description="The `next_cursor` of a page.")]
From = Annotated[
    str | None,
    QueryParameter(name="from", schema_extra={"format": "date-time"}, description="Starts then or later; with a zone."),
]
To = Annotated[
    str | None, QueryParameter(schema_extra={"format": "date-time"}, description="Starts before then; with a zone.")
]

Search = Annotated[
    str | None,
    QueryParameter(
        schema_extra={"minLength": _SHORTEST_SEARCH, "maxLength": _LONGEST_SEARCH},
        description="Who is looked for. Not for bots.",
    ),
]

AnySlug = Annotated[str | None, QueryParameter(pattern=_SLUG)]
PathSlug = Annotated[str, PathParameter(pattern=_SLUG)]

_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


def instant(name: str, given: str | None) -> datetime | None:
    """Read the parameter `name` as a moment. Raises Problem."""
    if given is None:
        return None
    try:
        moment: datetime = msgspec.convert(given, _Instant)
        return moment.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise invalid_parameter(name, "Expected an RFC 3339 time with its zone") from None


def sought_by(request: Asked, q: str | None, read: Callable[[str], Sought]) -> Sought | None:
    """Read what is looked for. Raises Problem."""
    if q is None:
        return None
    if actor_of(request).role == "bot":
        raise forbidden("a bot looks for nobody")
    if not _SHORTEST_SEARCH <= len(q.strip()) <= _LONGEST_SEARCH:
        raise invalid_parameter("q", f"Expected {_SHORTEST_SEARCH} to {_LONGEST_SEARCH} characters")
    sought = read(q)
    if not sought:
        raise invalid_parameter("q", "Expected letters or digits")
    return sought


def check_own(request: Asked, recruiter_id: UUID) -> None:
    """A recruiter asks for what is their own. Raises Problem."""
    if not actor_of(request).may_act_for(recruiter_id):
        raise forbidden("it is another recruiter's")


def now_of(request: Asked) -> datetime:
    """Read the clock that rules go by, as it stood at the moment that is asked about."""
    then = then_of(request.scope)
    return services_of(request.scope).clock() if then is None else then.moment


def paging_of(request: Asked, limit: int, cursor: str | None) -> Paging:
    """Tell which part of a list is asked for."""
    then = then_of(request.scope)
    return Paging(limit, cursor, None if then is None else then.position)
