"""From refusals and exceptions to HTTP: one table of statuses, one form of body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from api.problems import MEDIA_TYPE, Problem, encode_problem, invalid_body, invalid_parameter
from commands.decision import Refusal
from commands.request import Request as CommandRequest
from daybook import trace_context
from events.log import ACCEPTED
from queries.alternatives import NearbySlot

OK: Final = 200

# What a refusal is in HTTP. Nothing under an id (`unknown-...`) is 404, every other rule that says no is 409.
_STATUSES: Final = {ACCEPTED: OK, "forbidden": 403, "changed": 412}

_FRAMEWORK_CODES: Final = {
    400: ("bad-request", "The request is not valid HTTP for this route."),
    404: ("not-found", "There is no such route."),
    405: ("method-not-allowed", "The route does not take this method."),
    413: ("body-too-large", "The body is larger than the route takes."),
}

# What decoding a body raises: bytes that are no UTF-8 are not msgspec's error but Python's.
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError)

_FIELD: Final = re.compile(r" - at `(?:key in )?\$?\.?(?P<field>[^`]*)`$")
_MISSING: Final = re.compile(r"Missing required \w+ parameter '(?P<field>[^']+)'")
_ENUM_VALUE: Final = re.compile(r"^Invalid enum value .*", re.DOTALL)

_log = structlog.get_logger(__name__)


def status_of(outcome: str) -> int:
    """Return the status of a command's outcome: "accepted" or the code of a refusal."""
    return _STATUSES.get(outcome) or (404 if outcome.startswith("unknown-") else 409)


def render_refusal(request: CommandRequest, refusal: Refusal, alternatives: Sequence[NearbySlot]) -> bytes:
    """Compose the body of a refusal; it is kept with the command and comes back byte for byte when it is repeated."""
    # version-trace-span-flags, or no tracing: then the command id leads to the same line of the log
    trace = request.trace.split("-")[1] if request.trace else request.command_id.hex
    return encode_problem(status_of(refusal.code), refusal.code, refusal.meaning, refusal.facts(), trace, alternatives)


def body_problem(message: str) -> Problem:
    """Turn a message of msgspec's about a body into a problem that names the field, and never its value."""
    field, reason = split_message(message)
    return invalid_body(field, reason)


def split_message(message: str) -> tuple[str, str]:
    """Take msgspec's message apart: the path of the field, and the reason without the value that was sent."""
    where = _FIELD.search(message)
    reason = message[: where.start()] if where else message
    return where["field"] if where else "", _ENUM_VALUE.sub("Not one of the values allowed", reason)


def current_trace_id() -> str:
    """Return the id under which the log and the traces speak of this request; empty outside of one."""
    context = trace_context.current()
    return context.trace_id if context else ""


def _handle(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    problem = _problem_of(error)
    body = encode_problem(problem.status, problem.code, problem.detail, problem.facts, current_trace_id())
    return Response(body, status_code=problem.status, media_type=MEDIA_TYPE, headers=dict(problem.headers))


def _problem_of(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case ValidationException(extra=[{"key": key, "message": message}, *_]):
            return invalid_parameter(str(key), split_message(str(message))[1])
        case ValidationException(detail=detail) if missing := _MISSING.search(detail):
            return invalid_parameter(missing["field"], "Missing")
        case HTTPException(status_code=status) if status in _FRAMEWORK_CODES:
            code, detail = _FRAMEWORK_CODES[status]
            return Problem(status, code, detail, headers=dict(error.headers or {}))
        case _:
            _log.error("request failed", exc_info=error)
            return Problem(500, "internal-error", "Something went wrong on our side; it has been logged.")


EXCEPTION_HANDLERS: ExceptionHandlersMap = {Exception: _handle}
