"""A port for metrics: two addresses, and nobody who uses it otherwise does harm."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from daybook import exposing
from daybook.exposing import CannotListen, exposed
from daybook.metrics import Metrics

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A port on which the metrics of a worker are shown."""
    chosen = free_port()
    async with exposed(HOST, chosen, Metrics().rendering("patrol_position")):
        yield chosen


async def answer(port: int, sent: bytes) -> tuple[str, str]:
    """Send something, and read until the other side hangs up: the head and the body of the answer."""
    source, sink = await asyncio.open_connection(HOST, port)
    sink.write(sent)
    head, _, body = (await source.read()).decode().partition("\r\n\r\n")
    sink.close()
    await sink.wait_closed()
    return head, body


async def ask(port: int, path: str, method: str = "GET") -> tuple[str, str]:
    """Send a request."""
    return await answer(port, f"{method} {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())


async def test_metrics_are_shown(port: int) -> None:
    """Those that were chosen and those of the process, and no other."""
    head, body = await ask(port, "/metrics?name=all")

    assert head.startswith("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=")
    assert f"\r\nContent-Length: {len(body)}\r\n" in head
    assert "\ndaybook_patrol_position 0.0\n" in body
    assert "\nprocess_resident_memory_bytes " in body
    assert "daybook_writer_queue_depth" not in body


async def test_whoever_lives_says_so(port: int) -> None:
    """As the API does."""
    head, body = await ask(port, "/healthz")

    assert head.startswith("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    assert body == '{"status":"alive"}'


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 404), ("POST", "/metrics", 405), ("", "", 405)])
async def test_nothing_else_is_there(port: int, method: str, path: str, status: int) -> None:
    """It is no web server."""
    head, body = await ask(port, path, method)

    assert (head.split()[1], body) == (str(status), "")


async def test_who_sends_no_request_is_hung_up_on(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing at all, half of one, or one without an end; all others are answered meanwhile."""
    monkeypatch.setattr(exposing, "MOST_SECONDS", 0.2)
    senseless = [
        asyncio.create_task(answer(port, sent)) for sent in (b"", b"GET /metrics HTTP/1.1\r\n", b"x" * 100_000)
    ]

    head, _ = await ask(port, "/healthz")
    hung_up = await asyncio.gather(*senseless, return_exceptions=True)

    assert "200 OK" in head
    assert all(each == ("", "") or isinstance(each, ConnectionError) for each in hung_up)


async def test_without_a_port_nobody_listens() -> None:
    """As it is unless a port is set."""
    async with exposed("no such host", 0, bytes):
        pass


async def test_a_port_that_is_taken_is_one_line(port: int) -> None:
    """It names the address, and not a database."""
    with pytest.raises(CannotListen, match=f"^cannot listen on {HOST}:{port} for metrics: "):
        async with exposed(HOST, port, bytes):
            pass
