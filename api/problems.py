"""Answers that are errors, in the form of RFC 9457."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from queries.alternatives import NearbySlot

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 1

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_encode = msgspec.json.Encoder().encode


class ProblemDetails(msgspec.Struct, frozen=True):
    """The body of every error. `code` is stable and what programs branch on; `facts` are the values behind it.

    `alternatives`, where another slot would help, are up to three open ones.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    facts: dict[str, Any]
    trace_id: str
    alternatives: list[NearbySlot] | msgspec.UnsetType = msgspec.UNSET


class Problem(Exception):
    """Raised anywhere in a route to end the request with an error."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        facts: Mapping[str, Any] = _NOTHING,
        headers: Mapping[str, str] = _NOTHING,
    ) -> None:
        """`detail` and `facts` are shown to the client: no text of an exception, no value a client sent."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.facts = facts
        self.headers = headers


def encode_problem(  # noqa: PLR0913, PLR0917  the members of RFC 9457 and ours
    status: int,
    code: str,
    detail: str,
    facts: Mapping[str, Any],
    trace_id: str,
    alternatives: Sequence[NearbySlot] = (),
) -> bytes:
    """Compose the body."""
    title = code.replace("-", " ").capitalize()
    return _encode(
        ProblemDetails(
            f"urn:daybook:error:{code}",
            title,
            status,
            detail,
            code,
            dict(facts),
            trace_id,
            list(alternatives) or msgspec.UNSET,
        )
    )


def invalid_body(field: str, reason: str) -> Problem:
    """The body is not what the route takes. `field` is a path like `policy.horizon_days`, empty for the whole body."""
    return Problem(400, "invalid-body", "The body is not valid.", {"field": field, "reason": reason})


def invalid_parameter(field: str, reason: str) -> Problem:
    """A query parameter or a header is not what the route takes."""
    detail = "A parameter or a header is not valid."
    return Problem(400, "invalid-parameter", detail, {"field": field, "reason": reason})


def forbidden(reason: str) -> Problem:
    """The role is not allowed to do this, or the thing belongs to somebody else."""
    return Problem(403, "forbidden", "This is not allowed with this token.", {"reason": reason})


def too_large(most_bytes: int) -> Problem:
    """The body is larger than the route takes."""
    return Problem(413, "body-too-large", "The body is larger than the route takes.", {"most_bytes": most_bytes})


def unavailable(code: str, detail: str, facts: Mapping[str, Any] = _NOTHING) -> Problem:
    """Nothing was done, and the same request may succeed soon."""
    return Problem(503, code, detail, facts, {"Retry-After": str(RETRY_SECONDS)})


def log_unavailable() -> Problem:
    """The log cannot be read now."""
    return unavailable("log-unavailable", "The log cannot be reached.")
