"""A log that is printed, not written: to whoever checks one, it is like any other."""

import asyncio

from bench.filling import fill
from cli.checking.auditing import audit_rules
from events.postgres import open_log
from workers.chain import first_fault


async def test_a_printed_log_keeps_every_rule(database_url: str) -> None:
    """Positions are dense, the chain holds, each tag leads to its events, and no rule is broken in any round."""
    number = await asyncio.to_thread(fill, database_url, 4_000, 1, 1)

    async with open_log(database_url) as log:
        beginning, *blocks = [block async for block in log.blocks()]
        events = [event async for event in log.read()]
        unfindable = await log.unfindable(0, number)
    audited = await audit_rules(database_url)

    assert [event.position for event in events] == list(range(1, number + 1))
    assert first_fault(beginning, blocks, events) is None
    assert unfindable is None
    assert (audited.events, audited.breach) == (number, None)
