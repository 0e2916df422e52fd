"""People who look at lists of open slots without a pause, while others book and cancel what is in them."""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from time import perf_counter
from types import TracebackType
from typing import NamedTuple, Self
from uuid import UUID, uuid4

import msgspec

from daybook.engine import open_engine
from daybook.metrics import Metrics
from daybook.watching import DatabaseWatch
from queries.open_slots import OfferedSlot, SlotFilters, open_slots
from queries.page import Page, Paging
from tests.support.processes import PATIENCE
from tests.support.service import Scene, Service

READERS = 8
BOOKERS = 2
SLOTS = 120
STRETCHES = 40

_decode = msgspec.json.Decoder(Page[OfferedSlot]).decode


class Stretch(NamedTuple):
    """A question: slots that start from some moment on, and before another one if that is given."""

    begins: datetime
    ends: datetime | None
    limit: int

    def parameters(self, place: str) -> dict[str, str]:
        """Return what is asked of the API."""
        asked = {"city_id": place, "stage_id": place, "from": self.begins.isoformat(), "limit": str(self.limit)}
        return asked if self.ends is None else {**asked, "to": self.ends.isoformat()}


class Browsing:
    """Use as `async with await Browsing.of(service) as browsing`.

    `statuses` counts the answers, `wrong` has those that did not show what had been booked or cancelled before,
    `seconds` how long each list took.
    """

    def __init__(self, service: Service, scene: Scene, slots: dict[str, datetime], candidates: list[str]) -> None:
        """Nobody looks yet. `slots` are ids with their starts."""
        self.statuses = Counter[int]()
        self.wrong: list[str] = []
        self.seconds: list[float] = []
        self._service = service
        self._place = scene.name
        self._slots = slots
        self._candidates = candidates
        self._tasks: list[asyncio.Task[None]] = []
        self._finishing = False
        draw, first = random.Random(1), min(slots.values())
        self.stretches = [
            Stretch(begins, draw.choice([None, begins + timedelta(hours=draw.randint(1, 30))]), draw.randint(1, 60))
            for begins in (first + timedelta(minutes=draw.randrange(2_000)) for _ in range(STRETCHES))
        ]

    @classmethod
    async def of(cls, service: Service) -> Self:
        """Open a place of its own, with slots and candidates."""
        scene = await Scene.open(service)
        published = [scene.slot(str(uuid4())) for _ in range(SLOTS)]
        await service.all_accepted(published)
        slots = {each.body["slot_id"]: datetime.fromisoformat(each.body["starts_at"]) for each in published}
        return cls(service, scene, slots, await scene.candidates(BOOKERS))

    async def __aenter__(self) -> Self:
        """Begin."""
        self._tasks = [asyncio.create_task(self._look(number)) for number in range(READERS)]
        self._tasks += [asyncio.create_task(self._book(number)) for number in range(BOOKERS)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let everybody finish what they are about."""
        self._finishing = True
        await asyncio.gather(*self._tasks)

    async def progress(self, answers: int) -> None:
        """Wait until so many more questions were answered, for as long as there are answers."""
        known = self.statuses.total()
        enough = known + answers
        async with asyncio.timeout(PATIENCE) as patience:
            while known < enough:  # every answer counts, whoever gets it
                await asyncio.sleep(0.01)
                if self.statuses.total() > known:
                    known = self.statuses.total()
                    patience.reschedule(asyncio.get_running_loop().time() + PATIENCE)

    async def look_at_all(self) -> None:
        """Ask every question once."""
        for stretch in self.stretches:
            await self._ask(stretch)

    async def differences(self) -> list[Stretch]:
        """Ask everything once more, now that nothing moves, of the API and of PostgreSQL; return what differs."""
        position = (await self._service.clients[0].get("/readyz")).json()["position"]
        different = []
        async with open_engine(self._service.url, 1, DatabaseWatch(Metrics())) as engine:
            for stretch in self.stretches:
                answer = await self._ask(stretch, position)
                asked = SlotFilters(self._place, self._place, stretch.begins, stretch.ends)
                async with engine.connect() as connection:
                    found = await open_slots(connection, asked, Paging(stretch.limit), datetime.now(UTC))
                if answer != msgspec.json.encode(found.answer):
                    different.append(stretch)
        return different

    async def _look(self, number: int) -> None:
        draw = random.Random(number)
        while not self._finishing:
            await self._ask(draw.choice(self.stretches))

    async def _book(self, number: int) -> None:
        """Book and cancel one's own slots; what was done must show in the list right away. The last stays booked."""
        slots = list(self._slots)[number::BOOKERS]
        while True:
            slot_id = slots[0]
            slots = [*slots[1:], slot_id]
            booked = await self._service.accepted("book-slot", slot_id=slot_id, candidate_id=self._candidates[number])
            await self._check(slot_id, booked.events[-1]["position"], is_open=False)
            if self._finishing:
                return
            booking_id = booked.events[0]["data"]["booking_id"]
            cancelled = await self._service.accepted("cancel-booking", booking_id=booking_id)
            await self._check(slot_id, cancelled.events[-1]["position"], is_open=True)

    async def _check(self, slot_id: str, position: int, *, is_open: bool) -> None:
        starts_at = self._slots[slot_id]
        answer = await self._ask(Stretch(starts_at, starts_at + timedelta(seconds=1), 1), position)
        if answer is not None and (UUID(slot_id) in {each.slot_id for each in _decode(answer).items}) != is_open:
            self.wrong.append(f"{slot_id} at {position}")

    async def _ask(self, stretch: Stretch, position: int = 0) -> bytes | None:
        started = perf_counter()
        response = await self._service.clients[0].get(
            "/v1/slots", params={**stretch.parameters(self._place), "min_position": str(position)}
        )
        self.seconds.append(perf_counter() - started)
        self.statuses[response.status_code] += 1
        return response.content if response.is_success else None
