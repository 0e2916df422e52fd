"""The closing check: the whole log, read from the database and folded by an independent checker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Final, NamedTuple

from cli.checking.breach import Breach
from cli.checking.chain import Block, Chain
from cli.checking.rules import Rules
from cli.checking.world import Entry
from daybook.database import connect
from events.log import Recorded
from events.postgres import open_log

_BLOCKS: Final = """
    select first_position, last_position, recorded_at, hash from daybook.block
    where last_position > 0 order by last_position"""
_SECONDS: Final = 60.0


class Checked(NamedTuple):
    """What was read, and the first breach if there is one."""

    events: int
    booked: int
    breach: Breach | None


async def check_database(url: str) -> Checked:
    """Check the whole log of a database: its chain and its rules."""
    connection = await connect(url, "daybook demo check", _SECONDS)
    try:
        blocks = [Block(*row) for row in await connection.fetch(_BLOCKS)]
    finally:
        await connection.close()
    async with open_log(url) as log:
        return await check(log.read(), blocks)


async def check(events: AsyncIterator[Recorded], blocks: Iterable[Block]) -> Checked:
    """Check events in order against the blocks that hold them and every rule, up to the first breach."""
    chain, rules = Chain(blocks), Rules()
    count = 0
    async for event in events:
        count += 1
        if breach := next(chain.take(event), None) or rules.take(_entry(event)):
            return Checked(count, rules.booked, breach)
    return Checked(count, rules.booked, rules.end() or next(chain.end(), None))


def _entry(event: Recorded) -> Entry:
    return Entry(event.position, event.type, event.data, event.decided_at, event.command_id, event.actor)
