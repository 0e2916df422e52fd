"""Roles as processes that are forked from one which has imported everything: there may be many, and soon."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import uvicorn

from api.app import create_app
from api.server import configuration, run
from daybook.settings import Settings
from tests.support.keys import MASTER_KEY
from tests.support.processes import Watched

_SET_PARENT_DEATH_SIGNAL: Final = 1

_forking = get_context("forkserver")
_forking.set_forkserver_preload([__name__, "cli.projecting", "tests.support.crashing"])


class Forked(Watched):
    """A function at work in a process of its own."""

    def __init__(self, output: Path, work: Callable[..., None], *arguments: Any) -> None:
        """Start it; what it prints is appended to `output`."""
        super().__init__(output)
        self._process = _forking.Process(target=_begin, args=(output, work, *arguments), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """What it ended with; None as long as it runs."""
        return self._process.exitcode

    def terminate(self) -> None:
        """Ask it to stop."""
        self._process.terminate()

    def kill(self) -> None:
        """End it with signal 9, and wait until it is gone."""
        self._process.kill()
        self._process.join()


class Api(Forked):
    """`daybook api` on a free port of the loopback interface, with its clock `ahead` if that is said."""

    def __init__(self, database_url: str, output: Path, ahead: timedelta | None = None, /, **settings: str) -> None:
        """Start it; await `listening` before the first request. `settings` are further ones, by their variables."""
        environment = {"DATABASE_URL": database_url, "DAYBOOK_MASTER_KEY": MASTER_KEY, "DAYBOOK_PORT": "0"}
        complete = Settings.from_environment({**environment, "DAYBOOK_LOG_LEVEL": "warning", **settings})
        if ahead is None:
            super().__init__(output, run, complete)
        else:
            super().__init__(output, _run_ahead, complete, ahead)


def _begin(output: Path, work: Callable[..., None], *arguments: Any) -> None:
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    os.setsid()
    sink = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    work(*arguments)


def _run_ahead(settings: Settings, ahead: timedelta) -> None:
    app = create_app(settings, clock=lambda: datetime.now(UTC) + ahead)
    uvicorn.Server(configuration(app, settings.host, settings.port)).run()
