"""Clients who book and cancel without a pause, and remember what they were told."""

import asyncio
import random
from types import TracebackType
from typing import Self

import httpx

from tests.support.processes import PATIENCE
from tests.support.service import Answer, Scene, Sent, Service

CLIENTS = 16
SLOTS = 100
CANDIDATES = 150
PAUSE = 0.05  # before a command whose outcome is not known is sent again


class Load:
    """Use as `async with Load(service, scene) as load`; at the end of the block every client has its last answer.

    `answers` holds what was told in the end, `retried` what had to be asked again because nobody answered.
    """

    def __init__(self, service: Service, scene: Scene) -> None:
        """Nobody asks for anything yet."""
        self.answers: list[Answer] = []
        self.retried: set[Sent] = set()
        self._service = service
        self._scene = scene
        self._clients: list[asyncio.Task[None]] = []
        self._finishing = False
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Publish what there is to book, and start."""
        slots, candidates = await self._scene.slots(SLOTS), await self._scene.candidates(CANDIDATES)
        self._clients = [asyncio.create_task(self._book(number, slots, candidates)) for number in range(CLIENTS)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let every client finish what it is about."""
        self._finishing = True
        await asyncio.gather(*self._clients)

    async def progress(self, answers: int) -> None:
        """Wait until so many more commands were answered."""
        enough = len(self.answers) + answers
        async with asyncio.timeout(PATIENCE):
            while len(self.answers) < enough:
                self._news.clear()
                await self._news.wait()

    async def changed(self) -> list[Sent]:
        """Send again all that was answered; return what is not answered with the same bytes, as a replay."""
        again = await self._service.send_all([answer.sent for answer in self.answers])
        return [
            before.sent
            for before, after in zip(self.answers, again, strict=True)
            if (before.status, before.body, True) != (after.status, after.body, after.replayed)
        ]

    async def _book(self, number: int, slots: list[str], candidates: list[str]) -> None:
        choices = random.Random(number)
        while not self._finishing:
            wish = Sent.new("book-slot", slot_id=choices.choice(slots), candidate_id=choices.choice(candidates))
            answer = await self._ask(wish, number)
            if answer.events:
                booking_id = answer.events[0]["data"]["booking_id"]
                await self._ask(Sent.new("cancel-booking", booking_id=booking_id), number)

    async def _ask(self, sent: Sent, number: int) -> Answer:
        """Send a command, again and again under the same key, until its outcome is known."""
        to = number % len(self._service.clients)
        async with asyncio.timeout(PATIENCE):
            while (answer := await self._try(sent, to)) is None:
                self.retried.add(sent)
                await asyncio.sleep(PAUSE)
        self.answers.append(answer)
        self._news.set()
        return answer

    async def _try(self, sent: Sent, to: int) -> Answer | None:
        try:
            answer = await self._service.send(sent, to)
        except httpx.TransportError:
            return None
        return answer if answer.is_final else None
