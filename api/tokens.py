"""Bearer tokens: opaque, 256 bits, kept as SHA-256 only; and who they speak for."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections import OrderedDict
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import asyncpg
import msgspec

from commands.actor import ROLES, Actor, Role
from daybook.database import Session, connect
from daybook.flights import Flights

# A calendar key opens one recruiter's calendar feed and nothing else: it stands in an address. So it is no role of
# those who act.
TokenRole = Role | Literal["calendar"]
TOKEN_ROLES: Final[tuple[TokenRole, ...]] = (*ROLES, "calendar")
BOUND_ROLES: Final[frozenset[TokenRole]] = frozenset({"recruiter", "calendar"})

PREFIX: Final = "dbk_"
FRESH_SECONDS: Final = 5.0
REMEMBERED: Final = 10_000

_FORM: Final = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
_APPLICATION: Final = "daybook tokens"
_INSERT: Final = "insert into access.token (hash, name, role, recruiter_id) values ($1, $2, $3, $4)"
_LIST: Final = "select name, role, recruiter_id, created_at, revoked_at from access.token order by created_at, name"
_REVOKE: Final = "update access.token set revoked_at = now() where name = $1 and revoked_at is null"
_LOOK_UP: Final = "select role, name, recruiter_id from access.token where hash = $1 and revoked_at is null"


class NameTaken(Exception):
    """Another token has or had this name: events name their bearer by it."""


class Token(msgspec.Struct, frozen=True):
    """What may be told about a token: all but the token."""

    name: str
    role: TokenRole
    recruiter_id: UUID | None
    created_at: datetime
    revoked_at: datetime | None


class CalendarKey(msgspec.Struct, frozen=True):
    """Whose calendar feed a key opens."""

    recruiter_id: UUID


async def create_token(url: str, role: TokenRole, name: str, recruiter_id: UUID | None = None) -> str:
    """Make a token and return it: nobody can read it again. `BOUND_ROLES` need a `recruiter_id`. Raises NameTaken."""
    token = PREFIX + secrets.token_urlsafe(32)
    connection = await connect(url, _APPLICATION)
    try:
        await connection.execute(_INSERT, _hash(token), name, role, recruiter_id)
    except asyncpg.UniqueViolationError:
        raise NameTaken(name) from None
    finally:
        await connection.close()
    return token


async def list_tokens(url: str) -> list[Token]:
    """List all tokens ever made, oldest first."""
    connection = await connect(url, _APPLICATION)
    try:
        return [Token(*row) for row in await connection.fetch(_LIST)]
    finally:
        await connection.close()


async def revoke_token(url: str, name: str) -> bool:
    """Revoke the token of this name; False if none that still holds has it. Takes effect within `FRESH_SECONDS`."""
    connection = await connect(url, _APPLICATION)
    try:
        return await connection.execute(_REVOKE, name) == "UPDATE 1"
    finally:
        await connection.close()


class Tokens:
    """Looks tokens up, and remembers those that hold for at most `FRESH_SECONDS`."""

    def __init__(self, url: str) -> None:
        """Nothing is connected yet."""
        self._session = Session(url, _APPLICATION)
        self._fresh: OrderedDict[str, tuple[float, Actor | CalendarKey]] = OrderedDict()
        self._looking = Flights[Actor | CalendarKey | None]("look token up")

    async def actor(self, token: str) -> Actor | None:
        """Tell who a token speaks for; None if for nobody. Raises what `daybook.database.UNREACHABLE` lists."""
        found = await self._find(token)
        return found if isinstance(found, Actor) else None

    def remembered(self, token: str) -> Actor | None:
        """Tell who a token speaks for, if that is known without asking."""
        known = self._fresh.get(token)
        if known is None or known[0] <= asyncio.get_running_loop().time():
            return None
        return known[1] if isinstance(known[1], Actor) else None

    async def calendar(self, key: str) -> CalendarKey | None:
        """Tell whose calendar feed a key opens; None if nobody's. Raises as `actor`."""
        found = await self._find(key)
        return found if isinstance(found, CalendarKey) else None

    async def aclose(self) -> None:
        """Drop what is looked up, and close the connection."""
        await self._looking.close()
        await self._session.close()

    async def _find(self, token: str) -> Actor | CalendarKey | None:
        known = self._fresh.get(token)
        if known is not None and known[0] > asyncio.get_running_loop().time():
            return known[1]
        if not _FORM.fullmatch(token):
            return None
        return await self._looking.join(token, 0, lambda: self._look_up(token))

    async def _look_up(self, token: str) -> Actor | CalendarKey | None:
        fresh_until = asyncio.get_running_loop().time() + FRESH_SECONDS
        async with self._session.use() as connection:
            row = await connection.fetchrow(_LOOK_UP, _hash(token))
        self._fresh.pop(token, None)
        if row is None:
            return None
        found = _bearer(*row)
        self._fresh[token] = (fresh_until, found)
        if len(self._fresh) > REMEMBERED:
            self._fresh.popitem(last=False)
        return found


def _bearer(role: TokenRole, name: str, recruiter_id: UUID | None) -> Actor | CalendarKey:
    if role == "calendar":
        assert recruiter_id is not None  # noqa: S101  the table says so
        return CalendarKey(recruiter_id)
    return Actor(role, str(recruiter_id or name))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
