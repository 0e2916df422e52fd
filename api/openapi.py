"""The OpenAPI document: what Litestar reads off the routes, and the bodies and headers that we read ourselves."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ControllerRouterHandler

from api.answering import MIN_POSITION_PARAMETER
from api.as_of import AS_OF, BY_ITSELF
from api.bulk import Bulk, BulkCommand
from api.cloud_events import BATCH_MEDIA_TYPE, CloudEvent
from api.commands import PATH
from api.sse import MEDIA_TYPE
from commands.catalogue import COMMAND_TYPES
from queries.feed_event import FeedEvent

_REFERENCE: Final = "#/components/schemas/{name}"
_BEARER: Final = "bearer"
_LOG_ROUTES: Final = ("/v1/events", "/v1/history/", "/v1/stream", "/v1/proofs/", "/v1/receipts/")

_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The same key and body get the first reply again. A UUID, best version 7, is the command's id.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "A position in quotes: decide only if the main entity has not changed since.",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,18}"$'},
}
_CORRELATION: Final = {
    "name": "Daybook-Correlation-Id",
    "in": "header",
    "required": False,
    "description": "The conversation that the command belongs to; stands with its events.",
    "schema": {"type": "string", "format": "uuid"},
}
_MIN_POSITION: Final = {
    "name": MIN_POSITION_PARAMETER,
    "in": "query",
    "required": False,
    "description": "Wait until the answer reflects this position of the log; also as the header Daybook-Min-Position.",
    "schema": {"type": "integer", "minimum": 0, "maximum": 10**18 - 1},
}
_AS_OF: Final = {
    "name": AS_OF,
    "in": "query",
    "required": False,
    "description": "The answer as it stood then: a position of the log, or an RFC 3339 time with its zone.",
    "schema": {"type": "string"},
}
_TOO_LONG: Final = {"description": "There are more events up to `as_of` than are replayed for one answer."}
_IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETags one has; 304 if the answer is one of them.",
    "schema": {"type": "string"},
}


def document(routes: Sequence[ControllerRouterHandler]) -> bytes:
    """Describe routes as OpenAPI 3.1, in JSON."""
    config = OpenAPIConfig(
        title="Daybook",
        version=version("daybook"),
        description="Books interviews. Every fact is written down once; everything else is worked out from it.",
        use_handler_docstrings=True,
        security=[{_BEARER: []}],
        components=Components(security_schemes={_BEARER: SecurityScheme(type="http", scheme="bearer")}),
    )
    # An application of their own, for Litestar adds routes to one that it describes.
    described = Litestar(list(routes), openapi_config=config, logging_config=None).openapi_schema.to_schema()
    _add_bodies(described)
    _add_as_of(described, routes)
    for path, operations in described["paths"].items():
        if path.startswith("/v1/"):
            _add_headers(path, operations)
        else:
            for operation in operations.values():
                operation["security"] = []
    _add_forms(described)
    return msgspec.json.encode(described)


def _add_bodies(described: dict[str, Any]) -> None:
    """Bodies are decoded by the routes themselves, so msgspec describes them, with every limit it enforces."""
    bodies = {f"{PATH}/{kind.name}": kind.struct for kind in COMMAND_TYPES} | {PATH: Bulk}
    structs = [*bodies.values(), BulkCommand]
    _, components = msgspec.json.schema_components(structs, ref_template=_REFERENCE)
    components["Bulk"]["properties"]["commands"]["items"] = {"$ref": _REFERENCE.format(name="BulkCommand")}
    described["components"]["schemas"].update(components)
    for path, struct in bodies.items():
        content = {"application/json": {"schema": {"$ref": _REFERENCE.format(name=struct.__name__)}}}
        described["paths"][path]["post"]["requestBody"] = {"required": True, "content": content}


def _add_forms(described: dict[str, Any]) -> None:
    """The feed has forms beside its own: messages of a stream, each of one event, and batches of CloudEvents."""
    _, components = msgspec.json.schema_components([CloudEvent], ref_template=_REFERENCE)
    described["components"]["schemas"].update(components)
    plain, cloud = ({"$ref": _REFERENCE.format(name=each.__name__)} for each in (FeedEvent, CloudEvent))
    feed = described["paths"]["/v1/events"]["get"]["responses"]["200"]["content"]
    feed[MEDIA_TYPE] = {"schema": {"anyOf": [plain, cloud]}}
    feed[BATCH_MEDIA_TYPE] = {"schema": {"type": "array", "items": cloud}}


def _add_as_of(described: dict[str, Any], routes: Sequence[ControllerRouterHandler]) -> None:
    taking = {
        handler.operation_id
        for handler in routes
        if isinstance(handler, HTTPRouteHandler) and handler.opt.get(AS_OF, BY_ITSELF) is not BY_ITSELF
    }
    for operation in (each for operations in described["paths"].values() for each in operations.values()):
        if operation["operationId"] in taking:
            operation.setdefault("parameters", []).append(_AS_OF)
            operation["responses"]["422"] = {**operation["responses"]["400"], **_TOO_LONG}


def _add_headers(path: str, operations: dict[str, Any]) -> None:
    for method, operation in operations.items():
        parameters = operation.setdefault("parameters", [])
        if method == "post":
            parameters.append(_CORRELATION)
            if path != PATH:
                parameters += [_IDEMPOTENCY_KEY, _IF_MATCH]
        elif not path.startswith(_LOG_ROUTES):
            parameters += [_MIN_POSITION, _IF_NONE_MATCH]
            operation["responses"]["304"] = {"description": "What you have is what there is."}
