"""Metrics: one registry per process, rendered for Prometheus, each explained."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from daybook.metrics import Metrics
from daybook.telemetry import Untraced, projecting


def test_a_projected_batch_is_measured_when_it_is_done() -> None:
    """A failed one is not: it comes again."""
    metrics = Metrics()

    with projecting(Untraced(), metrics, [None, None]):
        pass
    with pytest.raises(ValueError, match="poison"), projecting(Untraced(), metrics, [None]):
        raise ValueError("poison")

    assert metrics.registry.get_sample_value("daybook_projector_batch_size_sum") == 2
    assert metrics.registry.get_sample_value("daybook_projector_batch_seconds_count") == 1


def test_the_metrics_of_two_processes_do_not_meet() -> None:
    """Nothing is global, so one test process can hold two."""
    one, other = Metrics(), Metrics()

    one.commands.labels("book-slot", "accepted").inc()

    name, labels = "daybook_commands_total", {"command": "book-slot", "outcome": "accepted"}
    assert one.registry.get_sample_value(name, labels) == 1
    assert other.registry.get_sample_value(name, labels) is None


def test_metrics_are_rendered_for_prometheus() -> None:
    """With what the kernel knows of the process, and the queue as it is at that moment."""
    metrics = Metrics()
    queue = ["a command"]
    metrics.watch_queue(lambda: len(queue))
    metrics.projected("bookings", 41, lag_events=1, lag_seconds=0.5)
    queue.append("another")

    families = text_string_to_metric_families(metrics.render().decode())
    samples = {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}

    assert samples["daybook_writer_queue_depth",] == 2
    assert samples["daybook_projection_position", "bookings"] == 41
    assert samples["daybook_projection_lag_events", "bookings"] == 1
    assert samples["daybook_projection_lag_seconds", "bookings"] == 0.5
    assert samples["process_resident_memory_bytes",] > 0


def test_every_metric_is_explained_and_nothing_else_is() -> None:
    """The page and the registry say the same."""
    explained = set(re.findall(r"`(daybook_\w+)`", (Path(__file__).parents[2] / "docs" / "telemetry.md").read_text()))

    registered = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in Metrics().registry.collect()
        if family.name.startswith("daybook_")
    }

    assert explained == registered
