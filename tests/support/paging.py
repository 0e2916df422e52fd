"""Pages in Redis, with changes that are told by hand."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from prometheus_client import Counter

from daybook.engine import Engine, open_engine
from daybook.metrics import Metrics
from daybook.valkey import Valkey
from daybook.watching import DatabaseWatch
from projections.changes import Change, Take
from projections.page_store import PageStore
from projections.topics import EVERYTHING
from queries.pages import Pages
from tests.projections.following import until
from tests.projections.running import PATIENCE


class Told:
    """Stands for the changes and the positions of a process: both are where they are put."""

    def __init__(self, position: int = 0) -> None:
        """Nobody listens yet."""
        self.position = position
        self.generation = 0
        self._takers: list[Take] = []

    def subscribe(self, take: Take) -> Callable[[], None]:
        """Tell somebody, too."""
        self._takers.append(take)
        return lambda: self._takers.remove(take)

    async def reach(self, position: int, _seconds: float) -> bool:
        """Nobody waits."""
        return position <= self.position

    def tell(self, *topics: str, position: int | None = None) -> None:
        """Tell of a change at the next position, or the one that is given."""
        self.position = self.position + 1 if position is None else position
        self._hand_over(Change(self.position, frozenset(topics)))

    def mend(self, generation: int) -> None:
        """Tell of a new generation."""
        self.generation = generation
        self._hand_over(Change(self.position, frozenset({EVERYTHING}), generation))

    def _hand_over(self, change: Change) -> None:
        for take in self._takers:
            take([change], self.position)


class Reader(NamedTuple):
    """A process that shows pages, and what it works with."""

    pages: Pages
    store: PageStore
    told: Told
    engine: Engine
    metrics: Metrics

    def outcomes(self) -> dict[str, int]:
        """Return how often pages were found, and how often not."""
        return _counts(self.metrics.pages_read)

    def not_found(self) -> int:
        """Return how many pages were not there, or could not be shown."""
        return sum(self.outcomes().values()) - self.outcomes().get("hit", 0)

    def written(self) -> int:
        """Return how many pages were brought to Redis, kept or not."""
        return sum(_counts(self.metrics.pages_written).values())


def _counts(counter: Counter) -> dict[str, int]:
    (family,) = counter.collect()
    return {each.labels["outcome"]: int(each.value) for each in family.samples if each.name.endswith("_total")}


@asynccontextmanager
async def store_on(
    valkey_url: str, database_url: str, metrics: Metrics | None = None, shape: str = "test"
) -> AsyncIterator[PageStore]:
    """Open the pages of a database."""
    async with (
        Valkey(valkey_url, metrics or Metrics(), seconds=PATIENCE) as valkey,
        PageStore(valkey, database_url, shape) as store,
    ):
        await until(lambda: store.is_asked)
        yield store


@asynccontextmanager
async def reading(valkey_url: str, database_url: str, told: Told) -> AsyncIterator[Reader]:
    """Open a process that shows pages."""
    metrics = Metrics()
    async with (
        open_engine(database_url, 5, DatabaseWatch(metrics)) as engine,
        store_on(valkey_url, database_url, metrics) as store,
        Pages(store, engine, told, told, metrics) as pages,  # type: ignore[arg-type]  # stands for both
    ):
        yield Reader(pages, store, told, engine, metrics)


async def settled(reader: Reader) -> None:
    """Wait until all that was not found, by one who asks after the other, has been brought to Redis."""
    await until(lambda: reader.written() >= reader.not_found())
