"""The roles with a port for their metrics."""

import socket
from pathlib import Path

import httpx
import pytest

from tests.support.processes import Program, eventually


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _text(address: str) -> str:
    try:
        return httpx.get(address).text
    except httpx.TransportError:
        return ""


@pytest.mark.parametrize(
    ("role", "shown"),
    [("projector", "daybook_projector_batch_size_count"), ("worker", "daybook_patrol_position")],
)
async def test_a_role_shows_its_metrics_if_it_is_given_a_port(
    database_url: str, tmp_path: Path, role: str, shown: str
) -> None:
    """What it measures, and nothing that only an API process does; a second one on that port does not start."""
    port = _free_port()
    environment = {"DATABASE_URL": database_url, "DAYBOOK_METRICS_PORT": str(port)}
    first = Program(role, environment=environment, output=tmp_path / "first")
    try:
        await eventually(lambda: "alive" in _text(f"http://127.0.0.1:{port}/healthz"), "a role that lives")
        metrics = _text(f"http://127.0.0.1:{port}/metrics")
        second = Program(role, environment=environment, output=tmp_path / "second")
        exit_code = await second.ended()
        first.terminate()
        ended_with = await first.ended()
    finally:
        first.kill()

    assert f"\n{shown} " in metrics
    assert "daybook_writer_queue_depth" not in metrics
    assert (exit_code, ended_with) == (1, 0)
    assert second.printed.splitlines()[-1].startswith(f"daybook: cannot listen on 127.0.0.1:{port} for metrics: ")
