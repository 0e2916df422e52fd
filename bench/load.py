"""A lean HTTP/1.1 client: it must cost little beside the server, for both run on the same cores.

Run as `python -m bench.load` it is a process of its own: a plan on standard input, the outcome on standard output.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Final, cast
from uuid import UUID

import msgspec
import uvloop

HOST: Final = "127.0.0.1"

_HEAD_END: Final = b"\r\n\r\n"
_STATUS: Final = slice(len("HTTP/1.1 "), len("HTTP/1.1 200"))
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


class Plan(msgspec.Struct, frozen=True):
    """Requests to be sent over so many connections at once, each sending the next when its last is answered."""

    port: int
    connections: int
    requests: list[bytes]


class Outcome(msgspec.Struct, frozen=True):
    """What came back. Latencies are in milliseconds, ascending; `refusals` are the bodies of all answers but 200."""

    seconds: float
    latencies: list[float]
    statuses: dict[int, int]
    refusals: list[bytes]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: int) -> float:
        """Return the latency that so many percent of the answers did not exceed."""
        return percentile(self.latencies, percent)


class Connection(asyncio.Protocol):
    """A connection that is kept alive, with one request under way at a time."""

    def __init__(self, answered: Callable[[Connection, int, bytes], None], lost: Callable[[], None]) -> None:
        """`answered` is called with status and body of every answer, `lost` when the connection ends."""
        self._answered = answered
        self._lost = lost
        self._received: list[bytes] = []
        self._left: int | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what can be written to."""
        self._transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes) -> None:
        """Send a whole request; the last one has to be answered."""
        assert self._transport is not None
        self._transport.write(request)

    def close(self) -> None:
        """Hang up."""
        assert self._transport is not None
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Collect until the answer is complete; a long one is put together once."""
        self._received.append(data)
        self._left = _missing(b"".join(self._received)) if self._left is None else self._left - len(data)
        if self._left == 0:
            answer, self._received, self._left = b"".join(self._received), [], None
            self._answered(self, int(answer[_STATUS]), answer[answer.index(_HEAD_END) + len(_HEAD_END) :])

    def connection_lost(self, _: Exception | None) -> None:
        """Tell."""
        self._lost()


class Client:
    """Asks over one connection and waits for the answer."""

    def __init__(self) -> None:
        """Nothing is connected yet."""
        self._connection = Connection(self._answered, self._lost)
        self._answer: asyncio.Future[bytes] | None = None

    @classmethod
    async def connect(cls, port: int) -> Client:
        """Open the connection."""
        client = cls()
        await asyncio.get_running_loop().create_connection(lambda: client._connection, HOST, port)
        return client

    async def ask(self, request: bytes) -> bytes:
        """Return the body of the answer, which has to be a 200."""
        self._answer = asyncio.get_running_loop().create_future()
        self._connection.send(request)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _answered(self, _: Connection, status: int, body: bytes) -> None:
        assert self._answer is not None
        assert status == 200, body
        self._answer.set_result(body)

    def _lost(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the server hung up"))


def post(path: str, body: bytes, token: str, key: UUID) -> bytes:
    """Write out a request that carries JSON."""
    return (
        f"POST {path} HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {token}\r\nidempotency-key: {key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body


def get(path: str, token: str) -> bytes:
    """Write out a request without a body."""
    return f"GET {path} HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {token}\r\n\r\n".encode()


async def carry_out(plan: Plan) -> Outcome:
    """Carry a plan out. Raises ConnectionError if the server hangs up before it has answered."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    load = _Load(plan, done)
    connections = [
        (await loop.create_connection(lambda: Connection(load.answered, load.lost), HOST, plan.port))[1]
        for _ in range(plan.connections)
    ]
    try:
        started = perf_counter()
        for connection in connections:
            load.next(connection)
        await done
        seconds = perf_counter() - started
    finally:
        for connection in connections:
            connection.close()
    return Outcome(seconds, sorted(load.latencies), load.statuses, load.refusals)


def run(plan: Plan) -> Outcome:
    """Carry a plan out in a process of its own."""
    command = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(command, input=msgspec.msgpack.encode(plan), stdout=subprocess.PIPE, check=True)
    return msgspec.msgpack.decode(done.stdout, type=Outcome)


def run_accepted(plan: Plan) -> Outcome:
    """Carry a plan out of which every request has to be answered with 200."""
    outcome = run(plan)
    assert outcome.statuses == {200: len(plan.requests)}, (outcome.statuses, outcome.refusals[:1])
    return outcome


def percentile(ascending: list[float], percent: int) -> float:
    """Return the value that so many percent of the others do not exceed."""
    return ascending[min(len(ascending) * percent // 100, len(ascending) - 1)]


def _missing(received: bytes) -> int | None:
    """Count what an answer that begins like this lacks; None if its head has not come yet."""
    end = received.find(_HEAD_END)
    if end < 0:
        return None
    found = _LENGTH.search(received, 0, end)
    assert found, received[:end]
    return end + len(_HEAD_END) + int(found[1]) - len(received)


class _Load:
    def __init__(self, plan: Plan, done: asyncio.Future[None]) -> None:
        self._todo = iter(plan.requests)
        self._left = len(plan.requests)
        self._done = done
        self._sent: dict[Connection, float] = {}
        self.latencies: list[float] = []
        self.statuses: dict[int, int] = {}
        self.refusals: list[bytes] = []

    def next(self, connection: Connection) -> None:
        request = next(self._todo, None)
        if request is not None:
            self._sent[connection] = perf_counter()
            connection.send(request)

    def answered(self, connection: Connection, status: int, body: bytes) -> None:
        self.latencies.append((perf_counter() - self._sent[connection]) * 1_000)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status != 200:
            self.refusals.append(body)
        self._left -= 1
        if self._left:
            self.next(connection)
        else:
            self._done.set_result(None)

    def lost(self) -> None:
        if not self._done.done():
            self._done.set_exception(ConnectionError("the server hung up"))


if __name__ == "__main__":
    asked = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Plan)
    sys.stdout.buffer.write(msgspec.msgpack.encode(uvloop.run(carry_out(asked))))
