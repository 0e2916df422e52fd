"""Telemetry over HTTP: one trace from the request through the append to the projection, and what is measured."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar, get, post
from litestar.params import FromPath
from litestar.types import Message, WebSocketScope
from litestar.types.asgi_types import WebSocketConnectEvent
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from api.telemetry import WriterObserver, observe
from commands.actor import Actor
from commands.handling import Writer
from commands.open_city import OpenCity
from commands.request import Request, make_request
from daybook.metrics import Metrics
from daybook.telemetry import projecting
from daybook.trace_context import current
from daybook.tracing import Tracing
from events.log import Attempt, Verdict
from events.memory import MemoryLog
from tests.support.keys import SECRET

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


class HeldLog(MemoryLog):
    """A log whose appends can be held up, so that commands gather behind them, or fail."""

    def __init__(self) -> None:
        """Nothing is held at first."""
        super().__init__()
        self.appending = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()
        self.broken: Exception | None = None

    async def append(self, attempts: Sequence[Attempt], decided_at: datetime) -> Sequence[Verdict]:
        """Append when it may."""
        self.appending.set()
        await self.open.wait()
        if self.broken:
            raise self.broken
        return await super().append(attempts, decided_at)


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """Where spans end up."""
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exporter: InMemorySpanExporter) -> Iterator[Tracing]:
    """Telemetry that records."""
    tracing = Tracing("api", SimpleSpanProcessor(exporter))
    yield tracing
    tracing.shutdown()


@pytest.fixture
def metrics() -> Metrics:
    """What was measured."""
    return Metrics()


@pytest.fixture
async def log() -> HeldLog:
    """The log behind the application."""
    return HeldLog()


@pytest.fixture
async def writer(log: HeldLog, tracing: Tracing, metrics: Metrics) -> AsyncIterator[Writer]:
    """The writer behind the application."""
    async with Writer(log, observer=WriterObserver(tracing, metrics)) as writer:
        yield writer


@pytest.fixture
async def app(writer: Writer, tracing: Tracing, metrics: Metrics) -> Litestar:
    """A small application, observed as the real one is."""

    @post("/cities/{city_id:str}", status_code=200)
    async def open_city(city_id: FromPath[str]) -> str:
        # The same city asked for again has the same id: a retry.
        request = opening(city_id, UUID(bytes=city_id.encode().ljust(16)), trace=str(current()))
        return (await writer.submit(request)).outcome

    @get("/broken")
    async def broken() -> None:
        raise ValueError("no candidate Ada Lovelace")

    app = Litestar([open_city, broken], openapi_config=None, logging_config=None)
    observe(app, tracing, metrics)
    return app


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it."""
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # Litestar's scopes have narrower types
    async with httpx.AsyncClient(transport=transport, base_url="http://daybook") as client:
        yield client


def opening(
    city_id: str, command_id: UUID | None = None, zone: str = "Europe/Rome", trace: str | None = None
) -> Request:
    """Ask for a city to be opened."""
    command = OpenCity(city_id, city_id.capitalize(), zone, "it")
    return make_request(command_id or uuid4(), Actor("admin", "root"), command, secret=SECRET, trace=trace)


def named(exporter: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    """Return the finished spans of a name, in the order of their traces."""
    spans = [span for span in exporter.get_finished_spans() if span.name == name]
    return sorted(spans, key=lambda span: span.context.trace_id)


def ids(span: ReadableSpan) -> tuple[str, str]:
    """Return the id of a span's trace and its own."""
    return f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}"


def parent_of(span: ReadableSpan) -> str | None:
    """Return the id of the span it is part of."""
    return f"{span.parent.span_id:016x}" if span.parent else None


async def test_one_trace_leads_from_the_request_through_the_append_to_the_projection(
    client: httpx.AsyncClient,
    log: HeldLog,
    tracing: Tracing,
    metrics: Metrics,
    exporter: InMemorySpanExporter,
) -> None:
    """It is the client's own, if it has one."""
    await client.post("/cities/rome", headers={"traceparent": f"00-{TRACE}-{SPAN}-01"})

    stored = [event.trace async for event in log.read()]
    with projecting(tracing, metrics, stored):
        pass

    (request,) = named(exporter, "POST /cities/{city_id}")
    (append,) = named(exporter, "append")
    (project,) = named(exporter, "project")
    trace_id, request_id = ids(request)
    assert trace_id == TRACE
    assert parent_of(request) == SPAN
    assert [ids(span)[0] for span in (append, project)] == [TRACE, TRACE]
    assert [parent_of(span) for span in (append, project)] == [request_id, request_id]
    assert stored == [f"00-{TRACE}-{request_id}-01"]


async def test_commands_that_share_a_batch_are_linked_and_each_trace_is_complete(
    client: httpx.AsyncClient, log: HeldLog, writer: Writer, exporter: InMemorySpanExporter
) -> None:
    """The append belongs to the trace of the first; the others get a span of their own for it."""
    log.open.clear()
    first = asyncio.create_task(client.post("/cities/rome"))
    await log.appending.wait()
    others = [asyncio.create_task(client.post(f"/cities/{name}")) for name in ("milan", "turin", "genoa")]
    while writer.load < 4:  # noqa: ASYNC110  the writer tells nobody what it holds
        await asyncio.sleep(0)

    log.open.set()
    await asyncio.gather(first, *others)

    requests = {ids(span) for span in named(exporter, "POST /cities/{city_id}")}
    alone, shared = sorted(named(exporter, "append"), key=lambda span: len(span.links))
    shares = named(exporter, "append shared")

    assert alone.links == ()
    assert len(shared.links) == len(shares) == 2
    linked = {(f"{link.context.trace_id:032x}", f"{link.context.span_id:016x}") for link in shared.links}
    assert linked < requests
    assert {(ids(span)[0], parent_of(span)) for span in shares} == linked
    assert {link.context.span_id for span in shares for link in span.links} == {shared.context.span_id}
    assert shared.attributes == {"daybook.batch.size": 3}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("POST /cities/rome", ("POST /cities/{city_id}", "POST", "/cities/{city_id}", "200")),
        ("GET /cities/rome", ("GET", "GET", "", "405")),
        ("GET /people/zoe", ("GET", "GET", "", "404")),
        ("BREW /cities/rome", ("HTTP", "_OTHER", "", "405")),
        ("GET /broken?name=zoe", ("GET /broken", "GET", "/broken", "500")),
    ],
)
async def test_requests_go_by_the_template_of_their_route(
    client: httpx.AsyncClient,
    metrics: Metrics,
    exporter: InMemorySpanExporter,
    line: str,
    expected: tuple[str, str, str, str],
) -> None:
    """Never by their path: it holds ids, and anybody can think of a new one."""
    name, *labels = expected

    await client.request(*line.split())

    (span,) = [each for each in exporter.get_finished_spans() if each.kind is SpanKind.SERVER]
    counted = dict(zip(("method", "route", "status"), labels, strict=True))
    assert span.name == name
    assert metrics.registry.get_sample_value("daybook_http_requests_total", counted) == 1
    assert "zoe" not in span.to_json().lower()
    assert "zoe" not in metrics.render().decode().lower()


async def test_a_server_span_says_what_the_conventions_ask_for(
    client: httpx.AsyncClient, exporter: InMemorySpanExporter
) -> None:
    """A fault of the server's is an error, one of the client's is not."""
    await client.get("/broken")
    await client.get("/nowhere")

    broken, nowhere = exporter.get_finished_spans()
    assert broken.attributes == {
        "http.request.method": "GET",
        "http.route": "/broken",
        "http.response.status_code": 500,
        "url.scheme": "http",
        "error.type": "500",
    }
    assert broken.status.status_code is StatusCode.ERROR
    assert nowhere.status.status_code is StatusCode.UNSET


async def test_what_is_not_http_is_passed_on(app: Litestar, metrics: Metrics, exporter: InMemorySpanExporter) -> None:
    """Here to be turned away: there is no such route."""
    sent: list[Message] = []

    async def receive() -> WebSocketConnectEvent:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = cast("WebSocketScope", {"type": "websocket", "path": "/", "headers": []})
    await app(scope, receive, send)

    assert [message["type"] for message in sent] == ["websocket.close"]
    assert exporter.get_finished_spans() == ()
    assert b"daybook_http_requests_total{" not in metrics.render()


async def test_a_client_that_does_not_want_to_be_recorded_is_not(
    client: httpx.AsyncClient, log: HeldLog, exporter: InMemorySpanExporter
) -> None:
    """Its events still name its trace."""
    await client.post("/cities/rome", headers={"traceparent": f"00-{TRACE}-{SPAN}-00"})

    (stored,) = [event.trace async for event in log.read()]
    assert exporter.get_finished_spans() == ()
    assert stored
    assert stored.startswith(f"00-{TRACE}-")
    assert stored.endswith("-00")


async def test_commands_are_counted_by_name_and_outcome_and_replays_apart(
    client: httpx.AsyncClient, metrics: Metrics
) -> None:
    """A retry settles nothing."""
    for name in ("rome", "milan", "rome"):
        await client.post(f"/cities/{name}")

    value = metrics.registry.get_sample_value
    assert value("daybook_commands_total", {"command": "open-city", "outcome": "accepted"}) == 2
    assert value("daybook_command_replays_total", {"command": "open-city"}) == 1
    assert value("daybook_append_seconds_count") == 3
    assert value("daybook_append_batch_size_sum") == 3
    assert value("daybook_append_failures_total") == 0


async def test_decisions_made_again_are_counted(writer: Writer, log: HeldLog, metrics: Metrics) -> None:
    """Another process opened the city after this one had looked."""
    refused = await writer.submit(opening("rome", zone="Nowhere"))
    async with Writer(log) as other:
        opened = await other.submit(opening("rome"))

    again = await writer.submit(opening("rome"))

    assert [reply.outcome for reply in (refused, opened, again)] == ["unknown-time-zone", "accepted", "already-exists"]
    assert metrics.registry.get_sample_value("daybook_append_conflicts_total") == 1


async def test_an_append_that_fails_is_counted_and_shows_in_the_trace(
    client: httpx.AsyncClient, log: HeldLog, metrics: Metrics, exporter: InMemorySpanExporter
) -> None:
    """It is no batch that took a time worth knowing."""
    log.broken = ConnectionError("no candidate Ada Lovelace")

    await client.post("/cities/rome")

    (append,) = named(exporter, "append")
    assert append.status.status_code is StatusCode.ERROR
    assert "Ada" not in append.to_json()
    assert metrics.registry.get_sample_value("daybook_append_failures_total") == 1
    assert metrics.registry.get_sample_value("daybook_append_seconds_count") == 0
