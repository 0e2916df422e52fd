"""Pages in a real Redis, and everybody who has to do with them, each moved by one step at a time.

A page is made of nothing but the position of the last change of its topic, and the generation of the rows, so that it
can be told what it should show.
"""

from typing import Final, NamedTuple

import redis.asyncio

from daybook.valkey import Away
from projections.noted import Noted
from projections.page_store import PageStore, generation_of
from projections.pages import Keeper
from projections.topics import DIRECTORY
from tests.support.paging import Told

TOPICS: Final = ("slots:berlin/first/2027-03-02", "slots:berlin/first/2027-03-03", "slot:1")


class Process:
    """A process that shows pages: what it was told of the changes, and which generation it knows of."""

    def __init__(self, position: int) -> None:
        """It begins where the read models are."""
        self.told = Told(position)
        self.noted = Noted(position, bound=2)
        self.told.subscribe(self.noted.take)


class Writing(NamedTuple):
    """A page on its way to Redis."""

    epoch: str
    position: int
    topic: str
    content: bytes


class PageWorld:
    """One log, read models that follow it, processes that show pages, and keepers."""

    def __init__(self, store: PageStore, client: redis.asyncio.Redis) -> None:
        """Nothing has happened yet, and nobody keeps the pages."""
        self.store = store
        self.client = client
        self.log: list[str] = []
        self.shown = 0
        self.generation = 0
        self.processes = [Process(0), Process(0)]
        self.keepers: list[tuple[Told, Keeper]] = []
        self.dump: dict[bytes | str, bytes] = {}
        self.restart_keeper(0)
        self.restart_keeper(1)

    def happen(self, topic: str) -> None:
        """Write a change to the log, and show it."""
        self.log.append(topic)
        self.shown += 1

    def mend(self) -> None:
        """Let the rows change without an event."""
        self.generation += 1

    def tell(self, told: Told, count: int = 1_000) -> None:
        """Tell somebody of the next changes that show."""
        for position in range(told.position + 1, min(told.position + count, self.shown) + 1):
            told.tell(self.log[position - 1], position=position)

    def restart_keeper(self, number: int) -> None:
        """Start a keeper that knows nothing yet."""
        told = Told(self.shown)
        told.generation = self.generation
        self.keepers[number : number + 1] = [(told, Keeper(told, self.store))]  # type: ignore[arg-type]  # stands for it

    async def keep(self, number: int = 0, count: int = 1_000) -> None:
        """Tell a keeper of the next changes, and let it take them to Redis."""
        told, keeper = self.keepers[number]
        self.tell(told, count)
        await keeper.catch_up()

    async def look(self, process: Process, topic: str) -> tuple[bool, str | None]:
        """Ask for a page: whether it is shown, and the epoch to write it in if not. AssertionError if it is wrong."""
        try:
            look = await self.store.read([topic])
        except Away:
            return False, None
        (kept,) = look.pages
        position = process.told.position
        is_outdated = generation_of(look.epoch) < process.told.generation
        if kept is None or is_outdated or not process.noted.shows(topic, position, at=kept.position):
            return False, look.epoch
        changed_at, generation = map(int, kept.content.split())
        is_new = changed_at >= self.truth(topic, position) and generation >= process.told.generation
        assert is_new, "an old page is shown"
        return True, look.epoch

    def truth(self, topic: str, position: int) -> int:
        """Return what a page shows at a position at least."""
        return max((at for at, each in enumerate(self.log[:position], 1) if each in {topic, DIRECTORY}), default=0)

    def query(self, epoch: str, position: int, topic: str) -> Writing:
        """Work a page out: it shows all that shows now."""
        return Writing(epoch, position, topic, b"%d %d" % (self.truth(topic, self.shown), self.generation))

    async def write(self, page: Writing) -> None:
        """Bring a page to Redis."""
        await self.store.write(page.epoch, page.position, {page.topic: page.content})

    async def fill(self, process: Process, topic: str) -> bool:
        """Ask for a page, and if it is not shown work it out and bring it there; say whether it was shown."""
        was_shown, epoch = await self.look(process, topic)
        if not was_shown and epoch is not None:
            await self.write(self.query(epoch, self.shown, topic))
        return was_shown

    async def save(self) -> None:
        """Keep what Redis holds, as a dump does."""
        self.dump = {key: value for key in await self.client.keys() if (value := await self.client.dump(key))}

    async def load(self) -> None:
        """Let Redis hold what the dump does."""
        await self.client.flushdb()
        for key, value in self.dump.items():
            await self.client.restore(key, 60_000, value)

    async def evict(self, pattern: str) -> None:
        """Let Redis drop what it was not asked for lately."""
        for key in await self.client.keys(pattern):
            await self.client.delete(key)
