"""Telemetry below HTTP: what a process loads, the spans of the projector, and sending them."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Event, Thread
from threading import enumerate as running_threads

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from daybook import tracing as tracing_module
from daybook.settings import Settings
from daybook.telemetry import Untraced, configure
from daybook.trace_context import TraceContext, current
from daybook.tracing import MAX_TRACES, Tracing

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """Where spans end up."""
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exporter: InMemorySpanExporter) -> Iterator[Tracing]:
    """Telemetry that records."""
    tracing = Tracing("projector", SimpleSpanProcessor(exporter))
    yield tracing
    tracing.shutdown()


def parent(number: int, *, sampled: bool = True) -> str:
    """Return the traceparent of an event; each number is a trace of its own."""
    return str(TraceContext(f"{number:032x}", SPAN, sampled))


def test_without_an_endpoint_nothing_of_opentelemetry_is_loaded() -> None:
    """Tracing costs nothing where nobody asked for it."""
    program = """
import sys
from daybook.settings import Settings
from daybook.telemetry import configure
import api.telemetry
telemetry = configure(Settings(), "api")
with telemetry.serving("GET", "http", None) as request, telemetry.appending([None]), telemetry.projecting([None]):
    request.answered("/healthz", 200)
telemetry.shutdown()
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_without_tracing_a_clients_trace_goes_through_untouched() -> None:
    """Whoever follows it finds the events it caused."""
    with Untraced().serving("POST", "http", f"00-{TRACE}-{SPAN}-01"):
        inside = current()

    assert str(inside) == f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize("sent", [None, "nonsense"])
def test_without_tracing_each_request_has_an_id_that_claims_no_recorded_trace(sent: str | None) -> None:
    """No projector goes looking for it."""
    with Untraced().serving("POST", "http", sent):
        one = current()
    with Untraced().serving("POST", "http", sent):
        other = current()

    assert one
    assert other
    assert one.trace_id != other.trace_id
    assert TraceContext.parse(str(one)) == one
    assert not one.sampled


def test_a_projected_batch_shows_in_every_trace_it_came_from(tracing: Tracing, exporter: InMemorySpanExporter) -> None:
    """Two events of one command are one piece of work."""
    with tracing.projecting([parent(1), parent(1), None, parent(2), parent(3, sampled=False), "nonsense"]):
        pass

    batch, first, second = exporter.get_finished_spans()
    assert (batch.name, first.name, second.name) == ("project batch", "project", "project")
    assert batch.attributes == {"daybook.batch.size": 6}
    assert batch.parent is None
    assert [span.context.trace_id for span in (first, second)] == [1, 2]
    assert [f"{span.parent.span_id:016x}" for span in (first, second) if span.parent] == [SPAN, SPAN]
    assert [link.context.trace_id for link in batch.links] == [1, 2]
    assert [link.context.span_id for span in (first, second) for link in span.links] == [batch.context.span_id] * 2


def test_working_through_history_is_not_traced(tracing: Tracing, exporter: InMemorySpanExporter) -> None:
    """A rebuild must not write into thousands of old traces, nor be slowed by that."""
    with tracing.projecting([parent(number) for number in range(1, MAX_TRACES + 2)]):
        pass

    assert exporter.get_finished_spans() == ()


def test_a_batch_nobody_traces_is_not_traced(tracing: Tracing, exporter: InMemorySpanExporter) -> None:
    """No span says anything by itself."""
    with tracing.projecting([None, parent(1, sampled=False)]), tracing.appending([None]):
        pass

    assert exporter.get_finished_spans() == ()


def test_a_failed_batch_says_so_in_every_trace_without_the_words_of_the_error(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    """What an exception says may be personal."""
    with pytest.raises(ValueError, match="Ada"), tracing.projecting([parent(1)]):
        raise ValueError("no candidate Ada Lovelace")

    for span in exporter.get_finished_spans():
        assert span.status.status_code is StatusCode.ERROR
        assert span.attributes is not None
        assert span.attributes["error.type"] == "ValueError"
        assert "Ada" not in str(span.to_json())


class Collector(BaseHTTPRequestHandler):
    """Takes spans over OTLP."""

    taken: Queue[tuple[str, bytes]]
    answering: Event

    def do_POST(self) -> None:
        """Keep what is sent."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.put((self.path, gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body))
        self.answering.wait()
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def collector() -> Iterator[str]:
    """The URL of a collector on this machine."""
    Collector.taken = Queue()
    Collector.answering = Event()
    Collector.answering.set()
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_shutting_down_sends_what_was_recorded(collector: str) -> None:
    """The last requests before a stop are often the ones that matter."""
    telemetry = configure(Settings(otlp_endpoint=collector), "api")
    with telemetry.serving("GET", "http", None) as serving:
        serving.answered("/healthz", 200)

    telemetry.shutdown()

    path, body = Collector.taken.get_nowait()
    (sent,) = ExportTraceServiceRequest.FromString(body).resource_spans
    resource = {each.key: each.value.string_value for each in sent.resource.attributes}
    assert path == "/v1/traces"
    assert resource["service.name"] == "daybook-api"
    assert sent.scope_spans[0].spans[0].name == "GET /healthz"


def test_shutting_down_does_not_wait_for_a_collector_that_hangs(
    collector: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is more than one batch to send, and none is answered."""
    monkeypatch.setattr(tracing_module, "FLUSH_SECONDS", 0.05)
    Collector.answering.clear()
    telemetry = configure(Settings(otlp_endpoint=collector), "api")
    for _ in range(1_200):
        with telemetry.serving("GET", "http", None):
            pass

    telemetry.shutdown()

    batches = Collector.taken.qsize()
    Collector.answering.set()
    for thread in running_threads():
        if thread.name == "flush traces":
            thread.join()
    assert batches <= 1
    assert Collector.taken.qsize() == 3


def test_telemetry_leaves_the_global_provider_alone() -> None:
    """Two Daybooks in one process do not share a tracer."""
    program = """
from opentelemetry import trace
from daybook.settings import Settings
from daybook.telemetry import configure
telemetry = configure(Settings(otlp_endpoint="http://127.0.0.1:9"), "api")
print(type(trace.get_tracer_provider()).__name__)
telemetry.shutdown()
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "ProxyTracerProvider\n"
