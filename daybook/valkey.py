"""The one way in which Daybook asks Valkey or Redis: briefly, once, and not at all while it is away.

A call takes a tenth of a second at most and is never repeated: whoever asks has another source of the answer. After a
few failures a breaker opens, and calls fail at once; a probe of our own finds out when it is worth asking again, so
that no user's request has to.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from time import perf_counter
from typing import Any, Final, Self

import redis.asyncio
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from daybook.breaker import Breaker
from daybook.metrics import Metrics

SECONDS: Final = 0.1
PROBE_SECONDS: Final = 0.5
CONNECTIONS: Final = 16
SCANNED_AT_ONCE: Final = 1_000

_log = structlog.get_logger(__name__)


class Away(Exception):
    """It did not answer, or not in time, or is not asked because it did not answer before."""


class Script:
    """A script that runs on the server, as one step."""

    def __init__(self, text: str) -> None:
        """`text` is Lua."""
        self.text = text
        self.digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class Valkey:
    """Use as `async with Valkey(url, metrics) as valkey`."""

    def __init__(self, url: str, metrics: Metrics, *, seconds: float = SECONDS) -> None:
        """Nothing is opened before the first call, which takes `seconds` at most, as every other does."""
        self._seconds = seconds
        pool = redis.asyncio.ConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            # The time of a call is bounded as a whole. With a bound on reading and writing the client goes through
            # `wait_for`, which before Python 3.12 loses a cancellation that comes as the work is done.
            socket_timeout=None,
            socket_connect_timeout=None,
            retry=Retry(NoBackoff(), 0),
        )
        self._client = redis.asyncio.Redis.from_pool(pool)
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._metrics = metrics
        self._breaker = Breaker()
        self._opened = asyncio.Event()
        self._probing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start what probes while the breaker is open."""
        self._probing = asyncio.create_task(self._probe(), name="probe valkey")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        if self._probing is not None:
            self._probing.cancel()
            with suppress(asyncio.CancelledError):
                await self._probing
        await self._client.aclose()

    @property
    def is_asked(self) -> bool:
        """Whether calls are made at all: the breaker is closed."""
        return not self._breaker.is_open

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return the values of several keys as they stand at one moment. Raises Away."""
        values: list[bytes | None] = await self._call("MGET", *keys)
        return values

    async def keys(self, pattern: str) -> set[str]:
        """Return the names of keys, a few at a time, so that nobody else is kept waiting. Raises Away."""
        found: set[str] = set()
        cursor = b"0"
        while True:
            cursor, names = await self._call("SCAN", cursor, "MATCH", pattern, "COUNT", SCANNED_AT_ONCE)
            found.update(name.decode() for name in names)
            if int(cursor) == 0:
                return found

    async def run(self, script: Script, keys: Sequence[str], arguments: Sequence[str | bytes | int]) -> Any:  # noqa: ANN401  what a script returns is its own
        """Run a script. Raises Away."""
        rest = (len(keys), *keys, *arguments)
        try:
            return await self._call("EVALSHA", script.digest, *rest)
        except NoScriptError:
            return await self._call("EVAL", script.text, *rest)

    async def answers(self) -> bool:
        """Ask whether it is there, unless the breaker knows better."""
        try:
            await self._call("PING")
        except Away:
            return False
        return True

    async def _call(self, *command: str | bytes | int) -> Any:  # noqa: ANN401  every command has a type of its own
        """Send a command; Away if it fails, but for NoScriptError."""
        async with self._turns:
            if self._breaker.is_open:
                raise Away("the breaker is open")
            started = perf_counter()
            try:
                async with asyncio.timeout(self._seconds):
                    reply = await self._client.execute_command(*command)  # type: ignore[no-untyped-call]  # redis leaves it bare
            except NoScriptError:
                raise
            except (RedisError, OSError, TimeoutError) as error:
                self._failed(error)
                raise Away(type(error).__name__) from error
            self._breaker.succeeded()
            self._metrics.redis_seconds.observe(perf_counter() - started)
            return reply

    def _failed(self, error: Exception) -> None:
        self._metrics.redis_failures.labels(type(error).__name__).inc()
        if self._breaker.failed(asyncio.get_running_loop().time()):
            _log.warning("redis is away", error=type(error).__name__)
            self._metrics.redis_breaker_open.set(1)
            self._opened.set()

    async def _probe(self) -> None:
        while True:
            await self._opened.wait()
            await asyncio.sleep(PROBE_SECONDS)
            with suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._client.ping()
                _log.info("redis is back")
                self._opened.clear()
                self._breaker.close()
                self._metrics.redis_breaker_open.set(0)
