"""The composition root of the worker process: all that happens by itself is put together here."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from commands.actor import Actor
from commands.handling import Writer
from daybook import logs
from daybook.exposing import exposed
from daybook.metrics import Metrics
from daybook.settings import Settings
from daybook.watching import DatabaseWatch
from events.catalogue import PERSONAL_FIELDS
from events.postgres import open_keys, open_log
from events.sealed import SealedLog
from workers.eraser import Eraser
from workers.erasing import Erasing
from workers.patrol import Patrol
from workers.postman import Postman
from workers.retention import Retention
from workers.sealer import Sealer
from workers.signing_key import checkpoint_file, signing_key

WORKER: Final = Actor("admin", "worker")
SHOWN: Final = ("patrol_position", "patrol_faults", "sealed_position", "sealer_faults", "slow_statements")


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; `settings` name a database and a master key.

    Raises WrongKey, CannotListen, OSError.
    """
    logs.configure(settings.log_level, "worker", PERSONAL_FIELDS)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    url, key, path = str(settings.database_url), signing_key(settings), checkpoint_file(settings)
    metrics = Metrics()
    async with (
        exposed(settings.host, settings.metrics_port, metrics.rendering(*SHOWN)),
        open_log(url, watch=DatabaseWatch(metrics, settings.slow_statement_seconds)) as log,
        open_keys(settings) as keys,
        Writer(SealedLog(log, keys)) as writer,
    ):
        works: dict[str, Coroutine[Any, Any, None]] = {
            "patrol": Patrol(log, url, metrics).run(),
            "sealer": Sealer(log, url, key, path, metrics, _now, _postman(settings, path)).run(),
            "eraser": Eraser(log, url, keys, settings.ledger).run(),
        }
        if settings.retention_days is not None:
            erasing = Erasing(writer, keys, WORKER)
            works["retention"] = Retention(erasing, url, settings.retention_days).run()
        await _until(stop, works)


async def _until(stop: asyncio.Event, works: dict[str, Coroutine[Any, Any, None]]) -> None:
    """Let all work until told to stop, or until one of them ends, which none does but by a bug."""
    tasks = [asyncio.create_task(work, name=name) for name, work in works.items()]
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    for task in (stopping, *tasks):
        task.cancel()
    await asyncio.wait([stopping, *tasks])
    for task in tasks:
        if not task.cancelled():
            task.result()


def _postman(settings: Settings, path: Path) -> Postman | None:
    url, secret = settings.checkpoint_webhook, settings.checkpoint_webhook_secret
    if url is None or secret is None:
        return None
    return Postman(path, url, secret, _now, settings.checkpoint_webhook_networks)


def _now() -> datetime:
    return datetime.now(UTC)
