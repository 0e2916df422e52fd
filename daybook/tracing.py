"""Spans by OpenTelemetry: named by what is done, marked by counts and codes, never by anything personal.

The provider is the process' own and is not made global. Samplers and limits follow the standard variables of the SDK.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from threading import Thread
from types import MappingProxyType
from typing import Final
from uuid import uuid4

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from daybook.telemetry import OTHER_METHOD
from daybook.trace_context import TraceContext, within

EXPORT_SECONDS: Final = 3.0
FLUSH_SECONDS: Final = 4.0
MAX_TRACES: Final = 512
"""A batch of more traces than this is history being worked through again: no one waits for it in any of them."""

_SERVER_ERROR: Final = 500
_NOTHING: Final[Mapping[str, str | int]] = MappingProxyType({})


def otlp(endpoint: str) -> SpanProcessor:
    """Send spans in batches, from a thread of its own, to a collector that speaks OTLP over HTTP."""
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
    return BatchSpanProcessor(exporter)


class ServerSpan:
    """The span of an HTTP request.

    It says which route was taken and not which path: paths hold the ids of people.
    """

    __slots__ = ("_name", "_span")

    def __init__(self, span: Span, name: str) -> None:
        """`span` is ended by whoever started it; `name` is its name as long as no route is known."""
        self._span = span
        self._name = name

    def answered(self, route: str, status: int) -> None:
        """Name the span, and set its status; what the client did wrong is no error of the server's."""
        self._span.set_attribute("http.response.status_code", status)
        if route:
            self._span.update_name(f"{self._name} {route}")
            self._span.set_attribute("http.route", route)
        if status >= _SERVER_ERROR:
            _fail(self._span, str(status))


class Tracing:
    """Records spans and hands them to a processor; see `daybook.telemetry.Telemetry`."""

    def __init__(self, role: str, processor: SpanProcessor) -> None:
        """`role` is part of the service's name."""
        release = version("daybook")
        resource = Resource.create(
            {
                "service.namespace": "daybook",
                "service.name": f"daybook-{role}",
                "service.version": release,
                "service.instance.id": str(uuid4()),
            }
        )
        self._provider = TracerProvider(
            resource=resource, span_limits=SpanLimits(max_links=MAX_TRACES), shutdown_on_exit=False
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("daybook", release)

    @contextmanager
    def serving(self, method: str, scheme: str, traceparent: str | None) -> Iterator[ServerSpan]:
        """Record a server span; attributes follow the semantic conventions for HTTP."""
        parent = TraceContext.parse(traceparent) if traceparent else None
        attributes = {"http.request.method": method, "url.scheme": scheme}
        name = "HTTP" if method == OTHER_METHOD else method
        span = self._start(name, parent, kind=SpanKind.SERVER, attributes=attributes)
        with _ending([span]):
            yield ServerSpan(span, name)

    @contextmanager
    def appending(self, traces: Sequence[str | None]) -> Iterator[None]:
        """Record the append in the trace of the first command.

        The traces of the others get a span as long, so that each of them is complete; links lead to and fro.
        """
        recorded = _recorded(traces)
        if not recorded:
            yield
            return
        first, *others = recorded
        attributes = {"daybook.batch.size": len(traces)}
        batch = self._start("append", first, links=others, attributes=attributes)
        with _ending([batch, *self._shares("append shared", others, batch)]):
            yield

    @contextmanager
    def projecting(self, traces: Sequence[str | None]) -> Iterator[None]:
        """Record the batch in a trace of its own, and a span in each trace it came from; links lead to and fro."""
        recorded = _recorded(traces)
        if not 0 < len(recorded) <= MAX_TRACES:
            yield
            return
        attributes = {"daybook.batch.size": len(traces)}
        batch = self._start("project batch", None, links=recorded, attributes=attributes)
        with _ending([batch, *self._shares("project", recorded, batch)]):
            yield

    def shutdown(self) -> None:
        """Send what is not yet sent, or give up after `FLUSH_SECONDS`; the SDK would wait for every batch in turn."""
        flushing = Thread(target=self._provider.shutdown, name="flush traces", daemon=True)
        flushing.start()
        flushing.join(FLUSH_SECONDS)

    def _start(
        self,
        name: str,
        parent: TraceContext | None,
        *,
        links: Iterable[TraceContext] = (),
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, str | int] = _NOTHING,
    ) -> Span:
        # Always told its parent: the SDK's own idea of a current span is not used.
        context = (
            Context() if parent is None else set_span_in_context(NonRecordingSpan(_span_context(parent)), Context())
        )
        return self._tracer.start_span(name, context, kind, attributes, [Link(_span_context(each)) for each in links])

    def _shares(self, name: str, parents: Iterable[TraceContext], batch: Span) -> list[Span]:
        link = _context_of(batch)
        return [self._start(name, parent, links=[link]) for parent in parents]


@contextmanager
def _ending(spans: Sequence[Span]) -> Iterator[None]:
    """End the spans with the block, which belongs to the first of them."""
    try:
        with within(_context_of(spans[0])):
            yield
    except BaseException as error:
        for span in spans:
            _fail(span, type(error).__qualname__)
        raise
    finally:
        for span in spans:
            span.end()


def _fail(span: Span, error_type: str) -> None:
    """Mark a span as failed; what an exception says besides its type may be personal."""
    span.set_attribute("error.type", error_type)
    span.set_status(Status(StatusCode.ERROR))


def _recorded(traces: Sequence[str | None]) -> list[TraceContext]:
    """Return the trace contexts, each once and in order, that somebody records."""
    contexts = (TraceContext.parse(each) for each in dict.fromkeys(traces) if each)
    return [context for context in contexts if context and context.sampled]


def _span_context(context: TraceContext) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if context.sampled else TraceFlags.DEFAULT)
    return SpanContext(int(context.trace_id, 16), int(context.span_id, 16), is_remote=True, trace_flags=flags)


def _context_of(span: Span) -> TraceContext:
    context = span.get_span_context()
    return TraceContext(f"{context.trace_id:032x}", f"{context.span_id:016x}", context.trace_flags.sampled)
