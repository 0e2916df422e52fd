"""An open loop: requests are sent at their time, whether or not those before them have been answered.

Run as `python -m bench.pacing` it is a process of its own: a plan on standard input, the outcome on standard output.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

import msgspec
import uvloop

from bench.load import HOST, Connection, Outcome

SECONDS_TO_START: Final = 0.1


class Pace(msgspec.Struct, frozen=True):
    """Requests to be sent so many a second, over connections that carry one at a time."""

    port: int
    connections: int
    rate: float
    requests: list[bytes]


class Running:
    """A plan that is being carried out by a process of its own."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """It has been told its plan."""
        self._process = process

    def outcome(self) -> Outcome:
        """Wait for the end. Every request has to be answered with 200."""
        assert self._process.stdout is not None
        outcome = msgspec.msgpack.decode(self._process.stdout.read(), type=Outcome)
        assert outcome.statuses == {200: len(outcome.latencies)}, (outcome.statuses, outcome.refusals[:1])
        return outcome


@contextmanager
def running(pace: Pace) -> Iterator[Running]:
    """Carry a plan out in a process of its own, which is ended with the context."""
    command = [sys.executable, "-m", "bench.pacing"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(msgspec.msgpack.encode(pace))
            process.stdin.close()
            yield Running(process)
        finally:
            process.kill()


async def keep(pace: Pace) -> Outcome:
    """Carry a plan out. A latency counts from when a request was due, so a server that stalls cannot hide it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    line = _Line(len(pace.requests), done)
    connections = [
        (await loop.create_connection(lambda: Connection(line.answered, line.lost), HOST, pace.port))[1]
        for _ in range(pace.connections)
    ]
    line.idle.extend(connections)
    start = perf_counter() + SECONDS_TO_START
    try:
        for number, request in enumerate(pace.requests):
            due = start + number / pace.rate
            await asyncio.sleep(due - perf_counter())
            line.send(due, request)
        await done
        return Outcome(perf_counter() - start, sorted(line.latencies), line.statuses, line.refusals)
    finally:
        for connection in connections:
            connection.close()


class _Line:
    """Requests that are due wait here for a connection that is free."""

    def __init__(self, number: int, done: asyncio.Future[None]) -> None:
        self._left = number
        self._done = done
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._due: dict[Connection, float] = {}
        self.idle: deque[Connection] = deque()
        self.latencies: list[float] = []
        self.statuses: dict[int, int] = {}
        self.refusals: list[bytes] = []

    def send(self, due: float, request: bytes) -> None:
        if self.idle:
            connection = self.idle.popleft()
            self._due[connection] = due
            connection.send(request)
        else:
            self._waiting.append((due, request))

    def answered(self, connection: Connection, status: int, body: bytes) -> None:
        self.latencies.append((perf_counter() - self._due[connection]) * 1_000)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status != 200:
            self.refusals.append(body)
        self.idle.append(connection)
        if self._waiting:
            self.send(*self._waiting.popleft())
        self._left -= 1
        if self._left == 0:
            self._done.set_result(None)

    def lost(self) -> None:
        if not self._done.done():
            self._done.set_exception(ConnectionError("the server hung up"))


if __name__ == "__main__":
    asked = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Pace)
    sys.stdout.buffer.write(msgspec.msgpack.encode(uvloop.run(keep(asked))))
