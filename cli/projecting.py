"""The composition root of the projector process."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import Final

from cli.filling import filling
from cli.keeping import keeping
from daybook import logs
from daybook.exposing import exposed
from daybook.garbage import look_less_often
from daybook.metrics import Metrics
from daybook.settings import Settings
from daybook.telemetry import configure
from daybook.watching import DatabaseWatch
from events.catalogue import PERSONAL_FIELDS
from events.postgres import open_keys, open_log
from events.sealed import SealedLog
from projections.runner import Runner

# How far the read models are, the API tells of all of them.
SHOWN: Final = (
    "projector_batch_size",
    "projector_batch_seconds",
    "slow_statements",
    "redis_seconds",
    "redis_failures",
    "redis_breaker_open",
)


async def run_projector(settings: Settings) -> None:
    """Keep the read models up to date until SIGTERM or SIGINT; `settings` name a database. Raises CannotListen."""
    url = str(settings.database_url)
    look_less_often()
    logs.configure(settings.log_level, "projector", PERSONAL_FIELDS)
    telemetry = configure(settings, "projector")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        fill = filling(settings, os.cpu_count() or 1)
        metrics = Metrics()
        watch = DatabaseWatch(metrics, settings.slow_statement_seconds)
        async with (
            exposed(settings.host, settings.metrics_port, metrics.rendering(*SHOWN)),
            open_log(url, watch=watch) as log,
            open_keys(settings) as keys,
        ):
            opened = SealedLog(log, keys)
            projector = Runner(opened, url, telemetry=telemetry, metrics=metrics, fill=fill, watch=watch)
            runner = asyncio.create_task(projector.run())
            stopping = asyncio.create_task(stop.wait())
            async with keeping(settings.redis_url, url, log, metrics):
                await asyncio.wait([runner, stopping], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            runner.cancel()
            with suppress(asyncio.CancelledError):
                await runner
    finally:
        telemetry.shutdown()
