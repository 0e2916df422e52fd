"""What a process counts and measures, in the form Prometheus reads.

Labels take few values: names of commands, codes of refusals, templates of routes. Never an id, never a path.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client import generate_latest as generate

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_COMMANDS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_EVENTS: Final = (1, 4, 16, 64, 256, 1024, 4096, 16384)


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return msgspec.field(default_factory=lambda: Counter(f"daybook_{name}", meaning, labels, registry=None))


def _gauge(name: str, meaning: str, *labels: str) -> Gauge:
    return msgspec.field(default_factory=lambda: Gauge(f"daybook_{name}", meaning, labels, registry=None))


def _histogram(name: str, meaning: str, *labels: str, buckets: Sequence[float] = _SECONDS) -> Histogram:
    return msgspec.field(
        default_factory=lambda: Histogram(f"daybook_{name}", meaning, labels, registry=None, buckets=buckets)
    )


class Metrics(msgspec.Struct, frozen=True, eq=False):
    """One per process, and nothing global: `Metrics()` starts at zero with a registry of its own."""

    commands: Counter = _counter(
        "commands", 'Commands settled; the outcome is "accepted" or the code of a refusal', "command", "outcome"
    )
    replays: Counter = _counter("command_replays", "Commands answered with the reply that was kept", "command")
    conflicts: Counter = _counter("append_conflicts", "Decisions made again because the log had moved on")
    append_failures: Counter = _counter("append_failures", "Appends given up because the log could not be reached")
    append_batch_size: Histogram = _histogram("append_batch_size", "Commands in one append", buckets=_COMMANDS)
    append_seconds: Histogram = _histogram("append_seconds", "Time of one append, repetitions included")
    queue_depth: Gauge = _gauge("writer_queue_depth", "Commands taken on and not settled")
    http_requests: Counter = _counter("http_requests", "HTTP requests answered", "method", "route", "status")
    http_seconds: Histogram = _histogram(
        "http_request_duration_seconds", "Time until the answer to an HTTP request begins", "method", "route"
    )
    streams: Gauge = _gauge("streams_open", "Clients that are being told of changes or events as they come")
    projection_position: Gauge = _gauge("projection_position", "Last log position a read model shows", "projection")
    projection_lag_events: Gauge = _gauge(
        "projection_lag_events", "Events a read model does not show yet", "projection"
    )
    projection_lag_seconds: Gauge = _gauge(
        "projection_lag_seconds",
        "Age of the newest event a read model shows, 0 if it shows all",
        "projection",
    )
    projection_parked: Gauge = _gauge(
        "projection_parked_events", "Events that a read model could not take in and has set aside", "projection"
    )
    projector_batch_size: Histogram = _histogram(
        "projector_batch_size", "Events in one batch of the projector", buckets=_EVENTS
    )
    projector_batch_seconds: Histogram = _histogram(
        "projector_batch_seconds", "Time of one batch of the projector, commit included"
    )
    pool_size: Gauge = _gauge("postgres_pool_size", "Connections to PostgreSQL that a pool may have", "pool")
    pool_in_use: Gauge = _gauge("postgres_pool_in_use", "Connections of a pool that are in use", "pool")
    pool_waiting: Gauge = _gauge("postgres_pool_waiting", "Those who wait for a connection of a pool", "pool")
    pool_wait_seconds: Histogram = _histogram(
        "postgres_pool_wait_seconds", "Time until a pool lent a connection, opening one included", "pool"
    )
    slow_statements: Counter = _counter("slow_statements", "Statements that took longer than they should", "where")
    patrol_position: Gauge = _gauge("patrol_position", "Last log position up to which the patrol found the log whole")
    patrol_faults: Gauge = _gauge("patrol_faults", "1 while the patrol stands still at a fault of the log, else 0")
    sealed_position: Gauge = _gauge("sealed_position", "Last log position that a signed checkpoint covers")
    unsealed_seconds: Gauge = _gauge(
        "unsealed_seconds", "Age of the oldest event that no checkpoint covers, 0 if all are covered"
    )
    sealer_faults: Gauge = _gauge("sealer_faults", "1 while the sealer refuses to sign, else 0")
    undelivered: Gauge = _gauge("checkpoints_undelivered", "Checkpoints that the webhook has not taken yet")
    redis_seconds: Histogram = _histogram("redis_call_duration_seconds", "Time of one call to Redis that was answered")
    redis_failures: Counter = _counter("redis_failures", "Calls to Redis that were not answered", "error")
    redis_breaker_open: Gauge = _gauge("redis_breaker_open", "1 while Redis is not asked, because it did not answer")
    pages_read: Counter = _counter(
        "pages_read",
        'Pages asked for in Redis: "hit", "miss" (not there), "behind" (it may have changed) or "ended" (by the clock)',
        "outcome",
    )
    pages_written: Counter = _counter(
        "pages_written", 'Pages brought to Redis: "kept", or "refused" because something had changed', "outcome"
    )
    pages_position: Gauge = _gauge("pages_position", "Log position up to which changes were taken out of Redis")
    pages_lag_events: Gauge = _gauge("pages_lag_events", "Events whose changes were not taken out of Redis yet")
    kept_recalled: Counter = _counter("kept_answers_recalled", "Answers sent as they were kept, without a query")
    kept_missing: Counter = _counter("kept_answers_missing", "Answers that could be kept, and had to be looked up")
    kept_refused: Counter = _counter("kept_answers_refused", "Answers not kept because something changed meanwhile")
    kept_dropped: Counter = _counter(
        "kept_answers_dropped", 'Answers dropped; the reason is "changed", "expired" or "crowded"', "reason"
    )
    kept_bytes: Gauge = _gauge("kept_answers_bytes", "Memory that the kept answers take")
    registry: CollectorRegistry = msgspec.field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        """Register everything, and what the kernel knows of the process."""
        for name in self.__struct_fields__:
            metric = getattr(self, name)
            if metric is not self.registry:
                self.registry.register(metric)
        ProcessCollector(registry=self.registry)

    def watch_queue(self, depth: Callable[[], int]) -> None:
        """Ask for the depth of the writer's queue whenever the metrics are read."""
        self.queue_depth.set_function(depth)

    def projected(self, projection: str, position: int, *, lag_events: int, lag_seconds: float) -> None:
        """Note how far a read model has come."""
        self.projection_position.labels(projection).set(position)
        self.projection_lag_events.labels(projection).set(lag_events)
        self.projection_lag_seconds.labels(projection).set(lag_seconds)

    def render(self) -> bytes:
        """Return everything as text of type `CONTENT_TYPE`."""
        return generate(self.registry)

    def rendering(self, *names: str) -> Callable[[], bytes]:
        """Return what renders these fields alone, and what the kernel knows of the process.

        What a process never measures is not shown as zero: somebody may look for who does.
        """
        registry = CollectorRegistry()
        for name in names:
            registry.register(getattr(self, name))
        ProcessCollector(registry=registry)
        return partial(generate, registry)
