"""What a process records of its work as traces: nothing, unless it is told where to send them.

One trace leads from a request through the append of its command to the projection that showed it. Between processes it
goes by way of the log: every event carries the traceparent of the request that caused it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import perf_counter
from typing import Final, Protocol, Self

from daybook.metrics import Metrics
from daybook.settings import Settings
from daybook.trace_context import TraceContext, within

OTHER_METHOD: Final = "_OTHER"
"""Stands for every HTTP method that is none of the standard ones: anybody can invent more."""


class Serving(Protocol):
    """An HTTP request being served."""

    def answered(self, route: str, status: int) -> None:
        """Note the answer. `route` is the template that matched, empty if none did; never the path."""
        ...


class Telemetry(Protocol):
    """Records spans. The trace context inside each of these blocks is that of its span."""

    def serving(self, method: str, scheme: str, traceparent: str | None) -> AbstractContextManager[Serving]:
        """Surround an HTTP request; it continues the trace of the client if that sent a valid traceparent.

        `method` is a standard one or `OTHER_METHOD`, `scheme` is "http" or "https".
        """
        ...

    def appending(self, traces: Sequence[str | None]) -> AbstractContextManager[None]:
        """Surround the append of a batch; `traces` has the traceparent of each command."""
        ...

    def projecting(self, traces: Sequence[str | None]) -> AbstractContextManager[None]:
        """Surround the projection of a batch; `traces` has the traceparent of each event."""
        ...

    def shutdown(self) -> None:
        """Send what is not yet sent; takes seconds at most, whether or not somebody is there to take it."""
        ...


class Unrecorded:
    """A request that no span stands for."""

    __slots__ = ("_within",)

    def __init__(self, context: TraceContext) -> None:
        """Its context is told apart all the same."""
        self._within = within(context)

    def __enter__(self) -> Self:
        """Begin."""
        self._within.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._within.__exit__()

    def answered(self, route: str, status: int) -> None:
        """Note nothing."""


class Untraced:
    """Records nothing, and loads nothing of OpenTelemetry."""

    def serving(self, method: str, scheme: str, traceparent: str | None) -> Unrecorded:  # noqa: ARG002  no span
        """Give the request an id that its lines of the log, its events and its answer share.

        A client's own trace goes through untouched.
        """
        context = TraceContext.parse(traceparent) if traceparent else None
        return Unrecorded(context or TraceContext.unrecorded())

    def appending(self, traces: Sequence[str | None]) -> AbstractContextManager[None]:  # noqa: ARG002  no span
        """Surround nothing."""
        return nullcontext()

    def projecting(self, traces: Sequence[str | None]) -> AbstractContextManager[None]:  # noqa: ARG002  no span
        """Surround nothing."""
        return nullcontext()

    def shutdown(self) -> None:
        """Send nothing."""


def configure(settings: Settings, role: str) -> Telemetry:
    """Make the telemetry of one process; `role` is what it does: "api", "projector", "worker"."""
    if settings.otlp_endpoint is None:
        return Untraced()
    from daybook.tracing import Tracing, otlp  # noqa: PLC0415  loaded only by those who pay for it

    return Tracing(role, otlp(settings.otlp_endpoint))


@contextmanager
def projecting(telemetry: Telemetry, metrics: Metrics, traces: Sequence[str | None]) -> Iterator[None]:
    """Surround the projection of one batch, commit included; `traces` has the stored traceparent of each event."""
    started = perf_counter()
    with telemetry.projecting(traces):
        yield
    metrics.projector_batch_size.observe(len(traces))
    metrics.projector_batch_seconds.observe(perf_counter() - started)
