"""What the HTTP process tells about its work: spans and metrics of its requests and of its writer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from time import perf_counter
from typing import Final

import structlog
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from commands.catalogue import BY_STRUCT
from commands.request import Request
from daybook.metrics import Metrics
from daybook.telemetry import OTHER_METHOD, Telemetry
from daybook.watching import REQUEST

_METHODS: Final = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})
_NOT_ANSWERED: Final = 500

_log = structlog.get_logger(__name__)


def observe(app: Litestar, telemetry: Telemetry, metrics: Metrics) -> None:
    """Trace and measure every request of an application.

    It goes around the whole application: a middleware of Litestar's never sees a request that matches no route.
    """
    app.asgi_handler = _observed(app.asgi_handler, telemetry, metrics)


class WriterObserver:
    """Traces and measures the writer; see `commands.observing.Observer`."""

    def __init__(self, telemetry: Telemetry, metrics: Metrics) -> None:
        """Nothing is told before the writer appends."""
        self._telemetry = telemetry
        self._metrics = metrics

    @contextmanager
    def appending(self, requests: Sequence[Request]) -> Iterator[None]:
        """Surround one append of a batch, its repetitions included."""
        started = perf_counter()
        self._metrics.append_batch_size.observe(len(requests))
        with (
            self._telemetry.appending([each.trace for each in requests]),
            self._metrics.append_failures.count_exceptions(),
        ):
            yield
            seconds = perf_counter() - started
            self._metrics.append_seconds.observe(seconds)
            _log.debug("batch appended", commands=len(requests), seconds=round(seconds, 6))

    def settled(self, request: Request, outcome: str, *, replayed: bool) -> None:
        """Count the outcome of a command, a replay apart: it settles nothing."""
        command = BY_STRUCT[type(request.command)].name
        if replayed:
            self._metrics.replays.labels(command).inc()
        else:
            self._metrics.commands.labels(command, outcome).inc()

    def conflicted(self, count: int) -> None:
        """Count the commands that are decided again."""
        self._metrics.conflicts.inc(count)


def _observed(app: ASGIApp, telemetry: Telemetry, metrics: Metrics) -> ASGIApp:
    # Looking a child up by its labels takes longer than counting.
    count, timer = cache(metrics.http_requests.labels), cache(metrics.http_seconds.labels)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        status, answered_at = _NOT_ANSWERED, 0.0

        async def note(message: Message) -> None:
            nonlocal status, answered_at
            if message["type"] == "http.response.start":
                status, answered_at = message["status"], perf_counter()
            await send(message)

        started = perf_counter()
        under_way = REQUEST.set(scope)
        method = scope["method"] if scope["method"] in _METHODS else OTHER_METHOD
        with telemetry.serving(method, scope["scheme"], _incoming(scope)) as serving:
            try:
                await app(scope, receive, note)
            finally:
                route = scope.get("path_template", "")
                serving.answered(route, status)
                count(method, route, status).inc()
                timer(method, route).observe((answered_at or perf_counter()) - started)  # a stream lasts for hours
                REQUEST.reset(under_way)

    return answer


def _incoming(scope: HTTPScope) -> str | None:
    """Return the traceparent header; two of them are as good as none."""
    found = [value for name, value in scope["headers"] if name == b"traceparent"]
    return found[0].decode("latin-1") if len(found) == 1 else None
