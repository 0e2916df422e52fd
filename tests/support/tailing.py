"""A reader of the log."""

import asyncio

from events.log import Log


async def tail(log: Log, after: int, finished: asyncio.Event) -> list[int]:
    """Follow the log in the plainest way there is: on from the last position seen; return all that were seen."""
    seen: list[int] = []
    while True:
        last_look = finished.is_set()
        news = [event.position async for event in log.read(after=seen[-1] if seen else after)]
        seen += news
        if last_look and not news:
            return seen
        await log.wait(seen[-1] if seen else after, 0.05)
