"""The log: its form, its level, and what is never in it."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import pytest
import structlog

from daybook import logs
from daybook.trace_context import TraceContext, within

PERSONAL = frozenset({"name", "email"})
CANARY = "Ada Lovelace"

_log = structlog.get_logger("api.commands")


class Person(msgspec.Struct):
    """What a careless caller hands to the log whole."""

    id: UUID
    name: str


class Pair(NamedTuple):
    """The same, as a tuple."""

    number: int
    name: str


class Terminal(io.StringIO):
    """A stream that a human watches."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Logging belongs to the process: leave it as it was."""
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in ("api", "uvicorn.error", "sqlalchemy"))]
    before = [(logger, logger.level, logger.handlers[:], logger.propagate) for logger in loggers]
    yield
    for logger, level, handlers, propagate in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.propagate = propagate
    structlog.reset_defaults()


@pytest.fixture
def stream() -> io.StringIO:
    """Where the log goes."""
    stream = io.StringIO()
    logs.configure("info", "api", PERSONAL, stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Read the log back."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_that_says_when_where_and_how_grave(stream: io.StringIO) -> None:
    """Machines read it without guessing."""
    _log.info("slot published", city_id="rome", count=3)

    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "slot published",
        "level": "info",
        "logger": "api.commands",
        "role": "api",
        "city_id": "rome",
        "count": 3,
    }


def test_a_line_written_within_a_trace_leads_to_it(stream: io.StringIO) -> None:
    """And the next one, written outside, does not."""
    context = TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", sampled=True)

    with within(context):
        _log.info("inside")
    _log.info("outside")

    inside, outside = lines(stream)
    assert inside["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert inside["span_id"] == "b7ad6b7169203331"
    assert outside.keys().isdisjoint({"trace_id", "span_id"})


@pytest.mark.parametrize(
    "careless",
    [
        {"name": CANARY},
        {"command": {"name": CANARY}},
        {"commands": [{"body": {"contact": ({"email": CANARY},)}}]},
        {"candidate": Person(UUID(int=1), CANARY)},
        {"candidates": {"first": Person(UUID(int=1), CANARY)}},
        {"pair": Pair(1, CANARY)},
    ],
)
def test_personal_data_is_taken_out_however_deep_it_stands(stream: io.StringIO, careless: dict[str, Any]) -> None:
    """The name of the field is what tells."""
    _log.info("candidate registered", **careless)

    assert CANARY not in stream.getvalue()
    assert logs.REDACTED in stream.getvalue()


def test_what_is_not_personal_is_kept(stream: io.StringIO) -> None:
    """A struct shows its other fields."""
    _log.info("candidate registered", candidate=Person(UUID(int=1), CANARY))

    (line,) = lines(stream)
    assert line["candidate"] == {"id": "00000000-0000-0000-0000-000000000001", "name": logs.REDACTED}


def test_an_exception_shows_where_it_was_raised_and_no_values(stream: io.StringIO) -> None:
    """Neither local variables nor what a database says about the row."""
    name = f"Failing row contains ({CANARY})"
    try:
        error = ValueError(f"duplicate key\nDETAIL: {name}")
        error.add_note(name)
        raise ExceptionGroup("many", [error])  # noqa: TRY301  its traceback is wanted
    except ExceptionGroup:
        _log.exception("failed")

    (line,) = lines(stream)
    (raised,) = line["exception"]
    assert raised["exc_type"] == "ExceptionGroup"
    assert raised["frames"][0]["filename"] == __file__
    assert raised["exceptions"][0][0]["exc_value"] == "duplicate key"
    assert CANARY not in stream.getvalue()


def test_the_standard_librarys_logs_come_out_in_the_same_form(stream: io.StringIO) -> None:
    """Libraries know of nothing else, and some bring handlers of their own."""
    logging.getLogger("uvicorn").addHandler(logging.StreamHandler())
    logs.configure("info", "api", PERSONAL, stream)

    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
    try:
        raise OSError("gone\nDETAIL: x")  # noqa: TRY301  its traceback is wanted
    except OSError:
        logging.getLogger("asyncio").exception("lost")

    started, lost = lines(stream)
    assert (started["event"], started["logger"], started["role"]) == (
        "Started server process [7]",
        "uvicorn.error",
        "api",
    )
    assert (lost["level"], lost["exception"][0]["exc_value"]) == ("error", "gone")
    assert logging.getLogger("uvicorn").handlers == []


def test_libraries_that_tell_what_they_carry_are_heard_from_a_warning_on(stream: io.StringIO) -> None:
    """Even where Daybook's own lines are wanted in full: URLs hold tokens, statements hold people."""
    logs.configure("debug", "api", PERSONAL, stream)

    logging.getLogger("httpx").info("GET https://host/bot-secret")
    logging.getLogger("sqlalchemy.engine.Engine").info("INSERT %s", CANARY)
    logging.getLogger("uvicorn.access").info("GET /v1/slots?city_id=rome")
    logging.getLogger("httpx").warning("slow")
    _log.debug("decided")

    assert [line["event"] for line in lines(stream)] == ["slow", "decided"]


@pytest.mark.parametrize(
    ("level", "heard"),
    [("debug", "debug info error"), ("info", "info error"), ("warning", "error"), ("error", "error")],
)
def test_less_important_lines_than_asked_for_are_not_written(level: str, heard: str) -> None:
    """Neither Daybook's nor those of libraries."""
    stream = io.StringIO()
    logs.configure(level, "api", PERSONAL, stream)
    log = structlog.get_logger("api.commands")

    log.debug("debug")
    log.info("info")
    log.error("error")
    logging.getLogger("asyncio").log(logging.getLevelNamesMapping()[level.upper()] - 1, "of a library")

    assert [line["event"] for line in lines(stream)] == heard.split()


def test_a_human_at_a_terminal_gets_lines_to_read() -> None:
    """JSON is for pipes."""
    stream = Terminal()
    logs.configure("info", "api", PERSONAL, stream)

    structlog.get_logger("api.commands").info("slot published", name=CANARY, city_id="rome")

    assert "slot published" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
    assert CANARY not in stream.getvalue()


def test_a_human_at_a_terminal_sees_no_local_variables() -> None:
    """An exception is shown in full, and what a function held at that moment is not."""
    stream = Terminal()
    logs.configure("info", "api", PERSONAL, stream)

    held = CANARY.upper()
    try:
        raise ValueError(str(len(held)))  # noqa: TRY301  its traceback is wanted
    except ValueError:
        structlog.get_logger("api.commands").exception("failed")

    assert "ValueError: 12" in stream.getvalue()
    assert held not in stream.getvalue()
