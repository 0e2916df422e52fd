"""The story on stage: acts one after another, the scripts of an act side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from time import perf_counter
from typing import Final, TypeVar

from cli.demo.client import CONNECTIONS, Client
from cli.demo.story import FULL, Act, Script, Story

BULK_COMMANDS: Final = 100
# A request of the bulk route is as much work as a hundred others: a few at a time fill the service.
BULK_CONNECTIONS: Final = 6

T = TypeVar("T")

Advance = Callable[[int], None]
Announce = Callable[[Act], Advance]


async def perform(story: Story, client: Client, announce: Announce) -> float:
    """Perform the story and return how many seconds it took. `announce` begins an act and hears how it goes on."""
    started = perf_counter()
    for act in story.acts:
        advance = announce(act)
        if act.bulk:
            await _side_by_side(act.scripts, partial(_publish, client, advance), BULK_CONNECTIONS)
        else:
            await _side_by_side(act.scripts, partial(_play, client, advance), CONNECTIONS)
    return perf_counter() - started


async def _side_by_side(items: Iterable[T], work: Callable[[T], Awaitable[None]], lanes: int) -> None:
    """Work on all items, each lane on one at a time and in their order; the first error ends it all."""
    waiting = iter(items)

    async def lane() -> None:
        for item in waiting:
            await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(lanes):
                group.create_task(lane())
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def _play(client: Client, advance: Advance, script: Script) -> None:
    for step in script:
        outcome = await client.send(step)
        if step.otherwise is not None and outcome == FULL:
            await client.send(step.otherwise)
        advance(1)


async def _publish(client: Client, advance: Advance, script: Script) -> None:
    for start in range(0, len(script), BULK_COMMANDS):
        chunk = script[start : start + BULK_COMMANDS]
        await client.send_bulk(chunk)
        advance(len(chunk))
