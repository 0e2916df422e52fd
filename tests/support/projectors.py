"""Projectors in processes of their own: forked from one that has imported everything, so that there may be many."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import asyncpg
import uvloop

from cli.projecting import run_projector
from daybook.settings import Settings
from events.log import Log
from events.postgres import open_log
from projections.building import verify
from projections.catalogue import PROJECTIONS
from projections.comparing import Difference
from projections.positions import Positions
from tests.events.postgres.looking import owner, until
from tests.projections.running import write_all
from tests.support.crashing import Accident, prepare
from tests.support.keys import MASTER_KEY
from tests.support.processes import eventually

_SET_PARENT_DEATH_SIGNAL: Final = 1
_STOPPED = "T"

_HOLDERS: Final = """
    select count(distinct holder) from projections.checkpoint where home = 'live' and held_until > clock_timestamp()"""
_FREE: Final = "update projections.checkpoint set holder = null; delete from projections.projector"

_forking = get_context("forkserver")
_forking.set_forkserver_preload([__name__])

Sabotage = Callable[[], None]


class Projector:
    """`daybook projector` as a process. It does not outlive the run of the tests."""

    def __init__(
        self, url: str, output: Path, accident: Accident | None = None, sabotage: Sabotage | None = None
    ) -> None:
        """Start it; what it prints is appended to `output`."""
        self._accident = accident
        self._output = output
        self._process = _forking.Process(target=_run, args=(url, output, accident, sabotage), daemon=True)
        self._process.start()

    @property
    def printed(self) -> str:
        """What it printed."""
        return self._output.read_text() if self._output.exists() else ""

    def kill(self) -> None:
        """End it with signal 9, and wait until it is gone."""
        self._process.kill()
        self._process.join()

    def go_on(self) -> None:
        """Wake it, if it was stopped."""
        os.kill(self._pid, signal.SIGCONT)

    async def killed(self) -> None:
        """Wait until its accident has ended it."""
        await eventually(lambda: not self._process.is_alive(), f"the end of a projector at {self._accident}")
        assert self._process.exitcode == -signal.SIGKILL, self.printed

    async def stopped(self) -> None:
        """Wait until its accident has stopped it."""
        stat = Path(f"/proc/{self._pid}/stat")
        await eventually(lambda: stat.read_text().rpartition(")")[2].split()[0] == _STOPPED, "a projector that stands")

    @property
    def _pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid


def _run(url: str, output: Path, accident: Accident | None, sabotage: Sabotage | None) -> None:
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    sink = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    if accident is not None:
        prepare(accident)
    if sabotage is not None:
        sabotage()
    uvloop.run(run_projector(Settings.from_environment({"DATABASE_URL": url, "DAYBOOK_MASTER_KEY": MASTER_KEY})))


class Place:
    """A database, its log, and projectors that work on it."""

    def __init__(self, url: str, log: Log, positions: Positions, folder: Path) -> None:
        """Use `async with place(url, folder)`."""
        self.url = url
        self.log = log
        self.positions = positions
        self._folder = folder
        self._projectors: list[Projector] = []

    def projector(self, accident: Accident | None = None, sabotage: Sabotage | None = None) -> Projector:
        """Start one more projector."""
        output = self._folder / f"projector-{len(self._projectors)}.log"
        self._projectors.append(Projector(self.url, output, accident, sabotage))
        return self._projectors[-1]

    async def caught_up(self, seconds: float = 30.0) -> bool:
        """Wait until the read models show what the log holds by now."""
        return await self.positions.reach(await self.log.head(), seconds)

    async def dies(self, accident: Accident, sabotage: Sabotage | None = None) -> None:
        """Start a projector, the only one, and wait until its accident has killed it; what it held is free then."""
        await self.projector(accident, sabotage).killed()
        await self.free()

    async def free(self) -> None:
        """Let the time be over that a projector which is gone has for what it holds."""
        async with owner(self.url) as connection:
            await connection.execute(_FREE)

    async def shared_by(self, projectors: int) -> None:
        """Wait until so many projectors share the read models."""
        async with owner(self.url) as connection:
            await until(lambda: _is_shared_by(connection, projectors))

    async def differences(self) -> Sequence[Difference]:
        """Compare every read model with its rebuild, where it stands."""
        built = await verify(self.log, self.url, PROJECTIONS)
        return [difference for each in built for difference in each.differences or ()]

    def end(self) -> None:
        """End all projectors."""
        for each in self._projectors:
            each.kill()


async def _is_shared_by(connection: asyncpg.Connection, projectors: int) -> bool:
    return bool(await connection.fetchval(_HOLDERS) == projectors)


@asynccontextmanager
async def place(url: str, folder: Path, history: Sequence[Any] = ()) -> AsyncIterator[Place]:
    """A database with the newest schema as a place for projectors, which all end with the block.

    With a history its read models are yet to be built.
    """
    async with open_log(url) as log:
        await write_all(log, history)
        async with Positions(url) as positions:
            made = Place(url, log, positions, folder)
            try:
                yield made
            finally:
                await asyncio.to_thread(made.end)
