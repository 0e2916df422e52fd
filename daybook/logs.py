"""What a process writes to its log: one JSON object a line on stderr, in a human form only where a human watches.

No personal data: what stands under the name of a personal field is taken out, however deep; of what an exception says,
the first line is kept (databases put the values of rows into the others); and libraries that tell what they carry, such
as URLs, statements and their parameters, are heard from a warning on.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any, Final, TextIO

import msgspec
import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.tracebacks import ExceptionDictTransformer
from structlog.types import EventDict, Processor, WrappedLogger

from daybook.trace_context import current

REDACTED: Final = "[redacted]"

_OWN: Final = ("api", "cli", "commands", "daybook", "events", "migrations", "projections", "queries", "workers")
_HARMLESS: Final = ("alembic", "uvicorn.error")
_WITH_HANDLERS_OF_THEIR_OWN: Final = ("alembic", "dramatiq", "sqlalchemy", "uvicorn", "uvicorn.access", "uvicorn.error")

_OF_STRUCTLOG: Final = {"exc_info", "_record"}

_encoder = msgspec.json.Encoder(enc_hook=str)


def configure(level: str, role: str, personal: frozenset[str], stream: TextIO | None = None) -> None:
    """Send every log of this process, the standard library's too, to one stream; stderr if none is given.

    `level` is "debug", "info", "warning" or "error"; `role` is what the process does; `personal` are the names of the
    fields that hold a person's own data.
    """
    stream = stream or sys.stderr
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared = _processors(role, personal)
    structlog.configure(
        processors=[*shared, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[ProcessorFormatter.remove_processors_meta, *_rendering(human=stream.isatty())],
        )
    )
    _route(handler, threshold)


def _route(handler: logging.Handler, threshold: int) -> None:
    for name in _WITH_HANDLERS_OF_THEIR_OWN:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(threshold, logging.WARNING))
    for name in (*_OWN, *_HARMLESS):
        logging.getLogger(name).setLevel(threshold)


def _processors(role: str, personal: frozenset[str]) -> list[Processor]:
    def mark(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        line["role"] = role
        context = current()
        if context is not None:
            line["trace_id"] = context.trace_id
            line["span_id"] = context.span_id
        return line

    def redact(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        for key in line.keys() - _OF_STRUCTLOG:
            line[key] = REDACTED if key in personal else _redacted(line[key], personal)
        return line

    return [
        redact,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mark,
    ]


def _redacted(value: object, personal: frozenset[str]) -> object:
    """Copy a value, whatever it is nested in, without what stands under a personal name."""
    match value:
        case msgspec.Struct():
            return _redacted(msgspec.structs.asdict(value), personal)
        case Mapping():
            return {str(key): REDACTED if key in personal else _redacted(each, personal) for key, each in value.items()}
        case tuple() if hasattr(value, "_asdict"):
            return _redacted(value._asdict(), personal)
        case list() | tuple() | set() | frozenset():
            return [_redacted(each, personal) for each in value]
        case _:
            return value


def _rendering(*, human: bool) -> list[Processor]:
    if human:
        # The default shows the values of local variables.
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    exceptions = ExceptionDictTransformer(show_locals=False)
    return [
        structlog.processors.ExceptionRenderer(lambda raised: _first_lines(exceptions(raised))),
        structlog.processors.JSONRenderer(serializer=_to_json),
    ]


def _first_lines(exceptions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep the first line of what each exception says, and each of those it groups, and no notes."""
    for each in exceptions:
        each["exc_value"] = each["exc_value"].partition("\n")[0]
        each["exc_notes"] = []
        for group in each["exceptions"]:
            _first_lines(group)
    return exceptions


def _to_json(line: EventDict, **_: object) -> str:
    return _encoder.encode(line).decode()
