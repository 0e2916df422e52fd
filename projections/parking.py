"""Events that a read model could not take in, and those of the same key that came after them: they wait in their order.

Only the projector that holds the read model changes what is parked. An operator leaves a wish: to try what waits
under a key again, or to drop it; the projector grants it between two batches. What another version of the read model
has set aside is a matter of the program that keeps that version.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

import asyncpg
import msgspec

from projections.checkpoint import Held, Home
from projections.projection import Projection

WishKind = Literal["retry", "drop"]

_KEYS: Final = """
    select distinct key from projections.parked where name = $1 and version = $2 and home = $3"""
_ADD: Final = """
    insert into projections.parked (name, version, key, position, type, error)
    select $1, $2, * from unnest($3::text[], $4::bigint[], $5::text[], $6::text[])
    on conflict (name, version, home, key, position) do update set error = excluded.error"""
_POSITIONS: Final = """
    select position from projections.parked
    where name = $1 and version = $2 and home = 'live' and key = $3 order by position"""
_CLEAR: Final = """
    delete from projections.parked where name = $1 and version = $2 and home = 'live' and key = $3"""
_WISHES: Final = """
    select name, version, key, kind from projections.wish
    join unnest($1::text[], $2::int[]) held(name, version) using (name, version) order by asked_at, key"""
_GRANT: Final = "delete from projections.wish where name = $1 and version = $2 and key = $3"
_LIST: Final = """
    select name, version, key, position, type, error, parked_at from projections.parked
    where home = 'live' and ($1::text is null or name = $1) order by name, version, key, position limit $2"""
_ASK: Final = """
    insert into projections.wish (name, version, key, kind)
    select distinct name, version, key, $4 from projections.parked
    where home = 'live' and name = $1 and version = $2 and ($3::text is null or key = $3)
    on conflict (name, version, key) do update set kind = excluded.kind, asked_at = now()"""
_COUNT: Final = """
    select count(*) from projections.parked
    where home = 'live' and name = $1 and version = $2 and ($3::text is null or key = $3)"""
_UNGRANTED: Final = "select count(*) from projections.wish where name = $1 and version = $2"
_OTHERS: Final = """
    select distinct version from projections.parked
    where home = 'live' and name = $1 and version <> $2 and ($3::text is null or key = $3) order by version"""


class Parked(NamedTuple):
    """An event that waits under a key; `error` is what was raised, None if it only stands behind another."""

    key: str
    position: int
    type: str
    error: str | None


class Listed(msgspec.Struct, frozen=True):
    """An event that waits, as an operator sees it."""

    name: str
    version: int
    key: str
    position: int
    type: str
    error: str | None
    parked_at: datetime


class Wish(NamedTuple):
    """What shall be done with the events that wait under a key of a read model."""

    name: str
    version: int
    key: str
    kind: WishKind


async def parked_keys(connection: asyncpg.Connection, projection: Projection, home: Home = "live") -> set[str]:
    """Return the keys under which events wait, in one of the builds."""
    rows = await connection.fetch(_KEYS, projection.name, projection.version, home)
    return {row[0] for row in rows}


async def park(connection: asyncpg.Connection, projection: Projection, parked: Sequence[Parked]) -> None:
    """Note events that have to wait, in the transaction of the caller."""
    if parked:
        keys, positions, types, errors = zip(*parked, strict=True)
        await connection.execute(_ADD, projection.name, projection.version, keys, positions, types, errors)


async def positions_under(connection: asyncpg.Connection, projection: Projection, key: str) -> list[int]:
    """Return the positions of the events that wait under a key, ascending."""
    rows = await connection.fetch(_POSITIONS, projection.name, projection.version, key)
    return [row[0] for row in rows]


async def clear(connection: asyncpg.Connection, projection: Projection, key: str) -> None:
    """Let nothing wait under a key any more, in the transaction of the caller."""
    await connection.execute(_CLEAR, projection.name, projection.version, key)


async def wishes(connection: asyncpg.Connection, held: Sequence[Held]) -> list[Wish]:
    """Return what operators wish of the read models that are held, oldest first."""
    rows = await connection.fetch(_WISHES, [each.name for each in held], [each.version for each in held])
    return [Wish(*row) for row in dict.fromkeys(map(tuple, rows))]


async def grant(connection: asyncpg.Connection, wish: Wish) -> None:
    """Take a wish away, in the transaction of the caller: it is done."""
    await connection.execute(_GRANT, wish.name, wish.version, wish.key)


async def listed(connection: asyncpg.Connection, name: str | None, most: int) -> list[Listed]:
    """List what waits, of one read model or of all."""
    return [Listed(*row) for row in await connection.fetch(_LIST, name, most)]


async def count(connection: asyncpg.Connection, projection: Projection, key: str | None) -> int:
    """Count what waits in a read model, under one key or under all."""
    return int(await connection.fetchval(_COUNT, projection.name, projection.version, key))


async def ask(connection: asyncpg.Connection, projection: Projection, key: str | None, kind: WishKind) -> int:
    """Leave a wish for one key of a read model, or for all that something waits under; return for how many."""
    done: str = await connection.execute(_ASK, projection.name, projection.version, key, kind)
    return int(done.rpartition(" ")[2])


async def ungranted(connection: asyncpg.Connection, projection: Projection) -> int:
    """Count the wishes of a read model that no projector has granted yet."""
    return int(await connection.fetchval(_UNGRANTED, projection.name, projection.version))


async def other_versions(connection: asyncpg.Connection, projection: Projection, key: str | None) -> list[int]:
    """Return the other versions of a read model in which something waits, under one key or under any."""
    rows = await connection.fetch(_OTHERS, projection.name, projection.version, key)
    return [row[0] for row in rows]
