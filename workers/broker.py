"""The composition root of the worker process: all that happens by itself is put together here."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

from daybook import logs
from daybook.metrics import Metrics
from daybook.settings import Settings
from daybook.watching import DatabaseWatch
from events.catalogue import PERSONAL_FIELDS
from events.postgres import open_log
from workers.patrol import Patrol


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; `settings` name a database."""
    logs.configure(settings.log_level, "worker", PERSONAL_FIELDS)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    url = str(settings.database_url)
    metrics = Metrics()
    async with open_log(url, watch=DatabaseWatch(metrics, settings.slow_statement_seconds)) as log:
        patrol = asyncio.create_task(Patrol(log, url, metrics).run(), name="patrol")
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([patrol, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        patrol.cancel()
        with suppress(asyncio.CancelledError):
            await patrol
