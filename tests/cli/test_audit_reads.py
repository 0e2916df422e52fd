"""Who read the log, from the command line."""

import asyncio
import json
from datetime import UTC, datetime
from uuid import UUID

from api.reads import Read, Reads
from tests.cli.test_commands import daybook

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)


async def record(url: str) -> None:
    """Write two reads, by different tokens."""
    async with Reads(url) as reads:
        parameters = '{"after":["5"],"q":[null]}'
        await reads.record(Read(UUID(int=1), "answer", AT, "auditor", "olga", "/v1/events", parameters, 6, 9, None))
        await reads.record(Read(UUID(int=2), "answer", AT, "admin", "ann", "/v1/history/{tag}", "{}", None, None, None))


def test_reads_are_told_newest_first(database_url: str) -> None:
    """One line each, or one JSON document; those of one token, or of all."""
    asyncio.run(record(database_url))

    told = daybook("audit", "reads", DATABASE_URL=database_url)
    of_one = daybook("audit", "reads", "--token", "olga", "--json", DATABASE_URL=database_url)

    assert told.returncode == of_one.returncode == 0
    assert told.stdout.splitlines() == [
        "2027-03-01T09:00:00Z\tadmin:ann\tanswer\t/v1/history/{tag}\t\t-",
        "2027-03-01T09:00:00Z\tauditor:olga\tanswer\t/v1/events\tafter=5 q=...\t6-9",
    ]
    [read] = json.loads(of_one.stdout)
    assert (read["token"], read["parameters"], read["last_position"]) == ("olga", {"after": ["5"], "q": [None]}, 9)
