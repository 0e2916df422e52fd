"""The sealer: it signs what the log is, every second in which something was written, and publishes that.

Of several workers one seals and the others stand by. Before it signs it reads back what was published last: the log
must still hold that, and go on from it. Where it does not, nothing is signed any more, for a signature says that
nothing has changed of what was signed before. A worker that is started again looks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from daybook.database import UNREACHABLE, Session
from daybook.metrics import Metrics
from daybook.notifications import POLL_SECONDS
from events.log import Log, LogUnavailable
from events.proofs.checkpoint import Sealed
from workers import ledger
from workers.postman import Postman, delivering
from workers.published import Taken, Unpublishable, publishing
from workers.signing import MOST_EVENTS, Refused, Turn, reached

EVERY_SECONDS: Final = 1.0
# Without news it is looked as often as this whether what was signed is still there.
IDLE_SECONDS: Final = 5.0
STANDBY_SECONDS: Final = 1.0

_log = structlog.get_logger(__name__)


class Sealer:
    """One per process."""

    def __init__(  # noqa: PLR0913, PLR0917  what it works with
        self,
        log: Log,
        url: str,
        key: Ed25519PrivateKey,
        path: Path,
        metrics: Metrics,
        clock: Callable[[], datetime],
        postman: Postman | None = None,
    ) -> None:
        """`url` is that of the database that keeps checkpoints, `path` the file that they are published in."""
        self._log = log
        self._session = Session(url, "daybook seal")
        self._key = key
        self._path = path
        self._metrics = metrics
        self._clock = clock
        self._postman = postman
        self._last: Sealed | None = None

    async def run(self) -> None:
        """Seal until cancelled, at any moment: what was signed and not published is published by the next."""
        try:
            while True:
                try:
                    await self._seal_until_lost()
                except (LogUnavailable, *UNREACHABLE) as error:
                    _log.warning("sealer lost its connection", error=type(error).__name__)
                except asyncpg.UniqueViolationError:
                    _log.warning("somebody else sealed")
                except Unpublishable as error:
                    _log.error("checkpoints cannot be published", error=str(error))
                    await asyncio.sleep(STANDBY_SECONDS)
                except Taken:
                    await asyncio.sleep(STANDBY_SECONDS)
                await asyncio.sleep(POLL_SECONDS)
        finally:
            await self._session.close()

    async def _seal_until_lost(self) -> None:
        async with self._session.use() as connection:
            while not await ledger.take_turn(connection):  # noqa: ASYNC110  whoever has it is another process
                await asyncio.sleep(STANDBY_SECONDS)
            with publishing(self._path) as published:
                turn = Turn(connection, published, self._log, self._key, self._clock)
                async with delivering(self._postman):
                    await self._seal_until_refused(turn, connection)

    async def _seal_until_refused(self, turn: Turn, connection: asyncpg.Connection) -> None:
        self._last = None
        try:
            await self._follow(turn, connection)
        except Refused as refused:
            _log.error("the log is not sealed any more", position=refused.fault.position, fault=refused.fault.what)
            self._metrics.sealer_faults.set(1)
            await ledger.note_fault(connection, str(refused.fault))
        await asyncio.Event().wait()

    async def _follow(self, turn: Turn, connection: asyncpg.Connection) -> None:
        now = asyncio.get_running_loop().time
        self._last = await turn.read_back()
        _log.info("sealing begins", position=reached(self._last))
        signed = now() - EVERY_SECONDS
        while True:
            sealed = await turn.seal(self._last)
            if sealed is not None:
                self._last, signed = sealed, now()
            await self._note(connection)
            await self._news(signed + EVERY_SECONDS)
            self._last = await turn.read_back()

    async def _news(self, due: float) -> None:
        """Return when there is something to sign and the time has come, or so much that it has not to; or after all."""
        after = reached(self._last)
        if await self._log.wait(after, IDLE_SECONDS) > after:
            left = due - asyncio.get_running_loop().time()
            if left > 0:
                await self._log.wait(after + MOST_EVENTS - 1, left)

    async def _note(self, connection: asyncpg.Connection) -> None:
        number = self._last.checkpoint.number if self._last else 0
        delivered = self._postman.delivered if self._postman else None
        await ledger.note(connection, reached(self._last), number, delivered)
        self._metrics.sealed_position.set(reached(self._last))
