"""Projectors in processes of their own."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
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
from tests.support.forking import Forked
from tests.support.keys import MASTER_KEY
from tests.support.processes import eventually

_STOPPED = "T"

_HOLDERS: Final = """
    select count(distinct holder) from projections.checkpoint where home = 'live' and held_until > clock_timestamp()"""
_FREE: Final = "update projections.checkpoint set holder = null; delete from projections.projector"

Sabotage = Callable[[], None]


class Projector(Forked):
    """`daybook projector`, further settings by their variables."""

    def __init__(
        self,
        url: str,
        output: Path,
        accident: Accident | None = None,
        sabotage: Sabotage | None = None,
        **settings: str,
    ) -> None:
        """Start it."""
        complete = Settings.from_environment({"DATABASE_URL": url, "DAYBOOK_MASTER_KEY": MASTER_KEY, **settings})
        super().__init__(output, _run, complete, accident, sabotage)

    def go_on(self) -> None:
        """Wake it, if it was stopped."""
        os.kill(self.pid, signal.SIGCONT)

    async def killed(self) -> None:
        """Wait until its accident has ended it."""
        assert await self.ended() == -signal.SIGKILL, self.printed

    async def stopped(self) -> None:
        """Wait until its accident has stopped it."""
        stat = Path(f"/proc/{self.pid}/stat")
        await eventually(lambda: stat.read_text().rpartition(")")[2].split()[0] == _STOPPED, "a projector that stands")


def _run(settings: Settings, accident: Accident | None, sabotage: Sabotage | None) -> None:
    if accident is not None:
        prepare(accident)
    if sabotage is not None:
        sabotage()
    uvloop.run(run_projector(settings))


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
