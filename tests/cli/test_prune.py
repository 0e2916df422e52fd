"""Forgetting old refusals from the command line."""

import asyncio
from datetime import UTC, datetime, timedelta

from events.postgres import open_log
from tests.cli.test_commands import daybook
from tests.events.attempts import attempt, fact


async def settle(url: str) -> None:
    """Write an accepted command and a refused one forty days ago, and a refused one now."""
    async with open_log(url) as log:
        now = datetime.now(UTC)
        await log.append([attempt(fact("a")), attempt(outcome="slot-full")], now - timedelta(days=40))
        await log.append([attempt(outcome="slot-full")], now)


def test_refusals_older_than_so_many_days_are_forgotten(database_url: str) -> None:
    """How many there were is told; none is left to forget the second time."""
    asyncio.run(settle(database_url))

    first, second = (daybook("prune", "refusals", "--older-than", "30", DATABASE_URL=database_url) for _ in range(2))

    assert (first.returncode, first.stdout) == (0, "1 refusals forgotten\n")
    assert (second.returncode, second.stdout) == (0, "0 refusals forgotten\n")


def test_age_is_required_and_at_least_a_day(database_url: str) -> None:
    """The replies to commands that may still be sent again are not forgotten by mistake."""
    for arguments in (("prune", "refusals"), ("prune", "refusals", "--older-than", "0")):
        done = daybook(*arguments, DATABASE_URL=database_url)

        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
