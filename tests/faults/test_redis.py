"""Redis is disposable: whatever becomes of it, every question is answered, and rightly."""

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

import pytest
import pytest_asyncio
import redis.asyncio

from cli.keeping import compare_pages
from daybook import embedded
from daybook.embedded import Server
from tests.support.browsing import Browsing
from tests.support.hole import Hole, hole_before
from tests.support.projectors import Projector
from tests.support.service import Service, service_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANSWERS = [80, pytest.param(20_000, marks=pytest.mark.nightly)]
SABOTAGED_ANSWERS = 40
POSITION_DIGITS = 16
WHOLE_AGAIN = 30.0
OUTCOME = re.compile(r'daybook_pages_read_total\{outcome="(\w+)"\} (\S+)')


class Place(NamedTuple):
    """A service whose lists come from Redis, and what is between."""

    service: Service
    valkey: Server
    hole: Hole


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(cluster: Server, folder: Path) -> AsyncIterator[Place]:
    """One API process and one projector, a Redis of their own, and nothing kept in the process."""
    with embedded.valkey(folder / "redis") as valkey:
        async with (
            hole_before(_socket(valkey.url), folder / "hole.sock") as hole,
            service_on(cluster, folder, processes=0) as service,
        ):
            url = f"unix://{quote(str(folder / 'hole.sock'))}"
            output = folder / "projector.log"
            projector = Projector(service.url, output, REDIS_URL=url, DAYBOOK_LOG_LEVEL="warning")
            try:
                await service.start_with(REDIS_URL=url, DAYBOOK_KEPT_MEGABYTES="0")
                yield Place(service, valkey, hole)
            finally:
                projector.kill()


def _socket(url: str) -> Path:
    return Path(unquote(url.removeprefix("unix://")))


Fault = Callable[[Place, Callable[[], Awaitable[None]]], Awaitable[None]]


async def killed(place: Place, meanwhile: Callable[[], Awaitable[None]]) -> None:
    """The process ends, and comes back with nothing."""
    place.valkey.kill()
    await meanwhile()
    await asyncio.to_thread(place.valkey.start)


async def stopped(place: Place, meanwhile: Callable[[], Awaitable[None]]) -> None:
    """The process takes connections and does nothing, until it goes on as if no time had passed."""
    os.kill(place.valkey.pid, signal.SIGSTOP)
    try:
        await meanwhile()
    finally:
        os.kill(place.valkey.pid, signal.SIGCONT)


async def swallowed(place: Place, meanwhile: Callable[[], Awaitable[None]]) -> None:
    """The network takes everything and brings nothing back."""
    place.hole.is_open = True
    try:
        await meanwhile()
    finally:
        place.hole.is_open = False


async def flushed(place: Place, meanwhile: Callable[[], Awaitable[None]]) -> None:
    """Everything is gone, but nobody was disconnected."""
    async with redis.asyncio.Redis.from_url(place.valkey.url) as client:
        await client.flushall()
    await meanwhile()


async def set_back(place: Place, meanwhile: Callable[[], Awaitable[None]]) -> None:
    """The process ends, and comes back with what it held some time ago."""
    async with redis.asyncio.Redis.from_url(place.valkey.url) as client:
        await client.save()
    await meanwhile()
    place.valkey.kill()
    await asyncio.to_thread(place.valkey.start)


FAULTS = [killed, stopped, swallowed, flushed, set_back]


@pytest.mark.parametrize("answers", ANSWERS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: each.__name__)
async def test_whatever_becomes_of_redis_every_question_is_answered_rightly(
    place: Place, fault: Fault, answers: int, tell: Callable[[str], None]
) -> None:
    """No error, no answer without what was booked before it; afterwards lists come from Redis again, and are right."""
    browsing = await Browsing.of(place.service)

    async with browsing:
        await browsing.progress(answers)
        await fault(place, lambda: browsing.progress(answers))
        await browsing.progress(answers)

    seconds = sorted(browsing.seconds)
    found = await outcomes(place)
    p99 = seconds[len(seconds) * 99 // 100] * 1_000
    tell(f"{fault.__name__}: {len(seconds)} lists, p99 {p99:.0f} ms; pages so far: {dict(found)}")
    assert (set(browsing.statuses), browsing.wrong) == ({200}, [])
    await whole_again(place, browsing)
    assert await browsing.differences() == []
    compared = await compare_pages(place.valkey.url, place.service.url)
    assert (compared.differences, compared.unsettled) == ([], [])
    assert compared.compared > 0


async def test_pages_that_say_they_are_newer_than_they_are_would_be_noticed(place: Place) -> None:
    """Sabotage: the people of the test above see it when a list is wrong."""
    browsing = await Browsing.of(place.service)
    await whole_again(place, browsing)

    async with redis.asyncio.Redis.from_url(place.valkey.url) as client:
        for key in await client.keys("*:slots:*"):
            await client.setrange(key, 0, b"9" * POSITION_DIGITS)
    async with browsing:
        await browsing.progress(SABOTAGED_ANSWERS)

    assert browsing.wrong
    assert (await compare_pages(place.valkey.url, place.service.url)).differences
    async with redis.asyncio.Redis.from_url(place.valkey.url) as client:
        await client.flushall()


async def whole_again(place: Place, browsing: Browsing) -> None:
    """Wait until whatever is asked a second time comes from Redis."""
    async with asyncio.timeout(WHOLE_AGAIN):
        while True:
            await browsing.look_at_all()
            before = await outcomes(place)
            await browsing.look_at_all()
            after = await outcomes(place)
            if after["hit"] > before["hit"] and after | {"hit": 0} == before | {"hit": 0}:
                return


async def outcomes(place: Place) -> Counter[str]:
    """Return how often the API found pages in Redis, and how often not for which reason."""
    text = (await place.service.clients[0].get("/metrics")).text
    return Counter({name: int(float(count)) for name, count in OUTCOME.findall(text)})
