"""The eraser: it follows the log, and whoever was erased there it erases for good.

That is: a line in the ledger, no key any more, no build of a read model that is kept for the way back and still has
their data, and no name in what was laid out of the past. Each of these may be done twice. Of several workers one does
it and the others stand by.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

import asyncpg
import structlog
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from daybook import erasure_ledger
from daybook.database import ERASER_LOCK, UNREACHABLE, Session
from daybook.erasure_ledger import Erased
from daybook.notifications import POLL_SECONDS
from events.candidate import CandidateErased
from events.catalogue import CODEC
from events.log import Log, LogUnavailable, Recorded
from events.sealed import Vault
from projections import homes, snapshots
from projections.catalogue import PERSONAL_MODELS
from workers import erasure_checkpoint

PAGE: Final = 500
IDLE_SECONDS: Final = 5.0
STANDBY_SECONDS: Final = 1.0
STATEMENT_SECONDS: Final = 30.0
LEDGER_SECONDS: Final = 5.0

_ERASED: Final = DCBQuery(items=[DCBQueryItem(types=[CandidateErased.__name__])])

_log = structlog.get_logger(__name__)


class LedgerUnwritable(Exception):
    """Who was erased cannot be written down: then nothing is destroyed that would be forgotten with a backup."""


class Eraser:
    """One per process."""

    def __init__(self, log: Log, url: str, vault: Vault, ledger: Path) -> None:
        """`url` is that of the database of the checkpoint and the read models."""
        self._log = log
        self._session = Session(url, "daybook eraser", STATEMENT_SECONDS)
        self._vault = vault
        self._ledger = ledger

    async def run(self) -> None:
        """Follow the log until cancelled, at any moment: what was not noted is done again."""
        try:
            while True:
                try:
                    await self._follow_until_lost()
                except LedgerUnwritable as error:
                    _log.error("the erasure ledger cannot be written", error=str(error))
                    await asyncio.sleep(LEDGER_SECONDS)
                except (LogUnavailable, *UNREACHABLE) as error:
                    _log.warning("eraser lost its connection", error=type(error).__name__)
                await asyncio.sleep(POLL_SECONDS)
        finally:
            await self._session.close()

    async def _follow_until_lost(self) -> None:
        async with self._session.use() as connection:
            while not await erasure_checkpoint.take_turn(connection, ERASER_LOCK):  # noqa: ASYNC110  it is another process
                await asyncio.sleep(STANDBY_SECONDS)
            position = await erasure_checkpoint.read(connection)
            while True:
                reached = await self._catch_up(connection, position)
                if reached == position:
                    await self._log.wait(position, IDLE_SECONDS)
                position = reached

    async def _catch_up(self, connection: asyncpg.Connection, after: int) -> int:
        """Erase the next ones, and return the position that was reached."""
        head = await self._log.head()
        page = [event async for event in self._log.read(_ERASED, after=after, limit=PAGE)]
        if page:
            await self._erase(connection, page)
        reached = page[-1].position if len(page) == PAGE else max(after, head, *(event.position for event in page[-1:]))
        if reached > after:
            await erasure_checkpoint.note(connection, reached)
        return reached

    async def _erase(self, connection: asyncpg.Connection, page: Sequence[Recorded]) -> None:
        """The ledger first: what is destroyed is never forgotten again, not even by who brings a backup back."""
        erased = [_erased(event) for event in page]
        try:
            await asyncio.to_thread(erasure_ledger.append, self._ledger, erased)
        except OSError as error:
            raise LedgerUnwritable(str(error)) from error
        await self._vault.destroy([each.key_id for each in erased])
        for model in PERSONAL_MODELS:
            await homes.drop_leftovers(connection, model)
        await snapshots.forget(connection, [each.candidate_id for each in erased])
        _log.info("erased", candidates=len(erased), position=page[-1].position)


def _erased(event: Recorded) -> Erased:
    said = cast("CandidateErased", CODEC.decode(event.type, event.version, event.data))
    return Erased(said.candidate_id, said.key_id, event.decided_at, event.position)
