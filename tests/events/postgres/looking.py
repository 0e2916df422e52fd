"""Looking at a log from outside: by SQL, as the owner of its database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

PATIENCE = 30.0

# The whole contract of the function in one call: a command that writes one event under the tag `held`.
APPEND_ONE = """
    select * from daybook.append(
        decided => now(), c_id => array[gen_random_uuid()], c_group => array[0], c_name => array['note'],
        c_body => array['{}'::bytea], c_fingerprint => array[''::bytea], c_actor => array['admin:ann'],
        c_outcome => array['accepted'], c_reply => array[''::bytea], c_correlation => array[gen_random_uuid()],
        c_causation => array[null::uuid], c_trace => array[null::text],
        b_tag => '{}', b_after => '{}', k_ix => '{}', k_no => '{}', q_ix => '{}', q_query => '{}', q_after => '{}',
        e_ix => array[1], e_type => array['Noted'], e_version => array[1::smallint], e_tags => array['held'],
        e_data => array['{}'::bytea], e_hash => array[sha256('')])"""


@asynccontextmanager
async def owner(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect as the owner of the database, without the application's role and timeouts."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def until(predicate: Callable[[], Awaitable[Any]]) -> None:
    """Wait for what happens in another process, looking again and again."""
    async with asyncio.timeout(PATIENCE):
        while not await predicate():  # noqa: ASYNC110  no event of ours tells of it
            await asyncio.sleep(0.01)


async def backends(connection: asyncpg.Connection, application_name: str) -> list[int]:
    """Process ids of the sessions of this database that go by a name."""
    rows = await connection.fetch(
        "select pid from pg_stat_activity where datname = current_database() and application_name = $1",
        application_name,
    )
    return [row[0] for row in rows]


async def waits_for_the_lane(connection: asyncpg.Connection, application_name: str) -> bool:
    """Tell whether a session is blocked by the lock that every append takes."""
    return bool(
        await connection.fetchval(
            "select exists (select from pg_stat_activity where datname = current_database() and application_name = $1"
            " and wait_event_type = 'Lock' and wait_event = 'advisory')",
            application_name,
        )
    )
