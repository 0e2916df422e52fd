"""Appenders in processes of their own: each counts under tags that they all share."""

import asyncio
import random
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

from events.log import Log, LogUnavailable, Written
from events.postgres import open_log
from tests.events.attempts import attempt, fact

TAGS = ("shared:1", "shared:2", "shared:3")


class Counted(NamedTuple):
    """How many events an appender has seen under a tag, up to a position."""

    events: int
    position: int


def keep_appending(url: str, appenders: int, appends: int, seed: int, *, careless: bool) -> None:
    """Run a number of appenders, on a connection each, until every one of them has written its number of commands."""
    asyncio.run(_all(url, appenders, appends, seed, careless=careless))


async def _all(url: str, appenders: int, appends: int, seed: int, *, careless: bool) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(appenders):
            choices = random.Random(seed * 1_000 + number)
            group.create_task(_one(url, appends, choices, careless=careless))


async def _one(url: str, appends: int, choices: random.Random, *, careless: bool) -> None:
    counted = dict.fromkeys(TAGS, Counted(0, 0))
    async with open_log(url) as log:
        for _ in range(appends):
            tag = choices.choice(TAGS)
            size = choices.randint(1, 3)
            while not await _count_on(log, tag, size, counted, careless=careless):  # noqa: ASYNC110  a pause, no wait
                await asyncio.sleep(choices.random() * 0.01)


async def _count_on(log: Log, tag: str, size: int, counted: dict[str, Counted], *, careless: bool) -> bool:
    """Append the next numbers under a tag, unless somebody was faster."""
    with suppress(LogUnavailable):
        under = (await log.read_tags({tag: counted[tag].position}))[tag]
        last = counted[tag].events + len(under.events)
        counted[tag] = Counted(last, under.position)
        facts = [fact(tag, data=b"%d" % number) for number in range(last + 1, last + 1 + size)]
        boundaries = [] if careless else [(tag, under.position)]
        [verdict] = await log.append([attempt(*facts, boundaries=boundaries)], datetime.now(UTC))
        return isinstance(verdict, Written)
    return False
