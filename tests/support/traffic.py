"""People who book, hold, move, cancel and wait: real commands through real writers, each with its own connections."""

import asyncio
import random
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Self
from uuid import UUID

from commands.cancel_booking import CancelBooking
from commands.define_stage import DefineStage
from commands.handling import Busy, Writer
from commands.hold_slot import HoldSlot
from commands.join_waitlist import JoinWaitlist
from commands.leave_waitlist import LeaveWaitlist
from commands.open_city import OpenCity
from commands.register_recruiter import RegisterRecruiter
from commands.reschedule_booking import RescheduleBooking
from events.postgres import open_log
from tests.support.deciding import BOT
from tests.support.processes import PATIENCE
from tests.support.writing import POLICY, World, submit

WRITERS = 16


class Traffic:
    """Use as `async with Traffic(url) as traffic`; at the end of the block everybody has finished what they were about.

    Every writer adds a candidate and a slot, and lets them book, hold, move, cancel or wait, again and again. With
    `per_second` so many come in a second, all writers together.
    """

    def __init__(self, url: str, writers: int = WRITERS, per_second: float | None = None) -> None:
        """Nobody does anything yet."""
        self.visits = 0
        self._url = url
        self._writers = writers
        self._pause = writers / per_second if per_second else 0.0
        self._finishing = asyncio.Event()
        self._news = asyncio.Event()
        self._stack = AsyncExitStack()
        self._people: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Start."""
        writers = [await self._writer() for _ in range(self._writers)]
        opened = await submit(writers[0], OpenCity("berlin", "Berlin", "Europe/Berlin", "de"))
        if opened.outcome == "accepted":
            await submit(writers[0], DefineStage("screening", "Screening", 1, 30, (), POLICY))
        for number, writer in enumerate(writers):
            self._people.append(asyncio.create_task(self._live(writer, random.Random(number))))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let everybody finish."""
        self._finishing.set()
        try:
            await asyncio.gather(*self._people)
        finally:
            await self._stack.aclose()

    async def progress(self, visits: int, seconds: float = PATIENCE) -> None:
        """Wait until so many more people have come."""
        enough = self.visits + visits
        async with asyncio.timeout(seconds):
            while self.visits < enough:
                self._news.clear()
                await self._news.wait()

    async def _writer(self) -> Writer:
        log = await self._stack.enter_async_context(open_log(self._url))
        return await self._stack.enter_async_context(Writer(log))

    async def _live(self, writer: Writer, choices: random.Random) -> None:
        world = World(writer)
        await world.accepted(RegisterRecruiter("Anna", ("berlin",), world.recruiter_id))
        slots = [await world.slot(capacity=3)]
        while not self._finishing.is_set():
            slots = [slots[-1], await world.slot(capacity=3)]
            with suppress(Busy):  # all writers share one waitlist; who finds it too busy goes away
                await _visit(world, await world.candidate(), choices.randrange(16), *slots)
            self.visits += 1
            self._news.set()
            if self._pause:
                await asyncio.sleep(self._pause)


async def _visit(world: World, candidate_id: UUID, wish: int, former: UUID, newest: UUID) -> None:
    match wish:
        case 0:
            await world.accepted(JoinWaitlist(candidate_id, "berlin", "screening"), BOT)
            await world.accepted(LeaveWaitlist(candidate_id, "berlin", "screening"), BOT)
        case 1 | 2 | 3 | 4 | 5:
            await world.accepted(HoldSlot(newest, candidate_id), BOT)
        case 6 | 7 | 8 | 9 | 10:
            await world.accepted(CancelBooking(await world.booking(newest, candidate_id)), BOT)
        case _:
            await world.accepted(RescheduleBooking(await world.booking(former, candidate_id), newest), BOT)
