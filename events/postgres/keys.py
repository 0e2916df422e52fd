"""The keys of people, on PostgreSQL: wrapped in a master key there, unwrapped only here, and not for long."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from types import MappingProxyType
from typing import Final
from uuid import UUID

import asyncpg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from daybook.database import UNREACHABLE, Session
from daybook.master_keys import CannotUnwrap, MasterKeys, Wrapped
from daybook.settings import Settings
from events.log import LogUnavailable

KEPT_SECONDS: Final = 60.0
KEPT_KEYS: Final = 20_000
KEY_BITS: Final = 256

_FIND: Final = "select person_id, master_id, wrapped from keys.person where person_id = any($1)"
_MAKE: Final = "select person_id, master_id, wrapped from keys.make($1, $2, $3)"
_DESTROY: Final = "select keys.destroy($1)"
_SECRET: Final = "select master_id, wrapped from keys.secret where name = $1"  # noqa: S105  a statement
_KEEP_SECRET: Final = """
    insert into keys.secret (name, master_id, wrapped) values ($1, $2, $3) on conflict do nothing"""  # noqa: S105  as above

_OTHERS: Final = """
    select person_id, master_id, wrapped from keys.person
    where person_id > $1 and wrapped is not null and master_id <> $2 order by person_id limit $3"""
# What was destroyed meanwhile is left alone.
_REWRAP: Final = """
    update keys.person p set wrapped = n.wrapped, master_id = $3
    from unnest($1::uuid[], $2::bytea[]) n(person_id, wrapped)
    where p.person_id = n.person_id and p.wrapped is not null"""
_OTHER_SECRETS: Final = "select name, master_id, wrapped from keys.secret where master_id <> $1"
_REWRAP_SECRET: Final = "update keys.secret set master_id = $2, wrapped = $3 where name = $1"  # noqa: S105  as above


class KeysUnavailable(LogUnavailable):
    """The keys are out of reach, or cannot be unwrapped: without them the log is not there either."""


class PersonKeys:
    """Speaks `events.sealed.Vault`. Made by `open_keys`.

    A key is kept in memory for a minute at most: so long after it was destroyed elsewhere it may still be used here.
    """

    def __init__(
        self, url: str, masters: MasterKeys, clock: Callable[[], float] = monotonic, bound: int = KEPT_KEYS
    ) -> None:
        """`clock` gives seconds; `bound` is how many keys are kept. Appends and readings have a connection each."""
        self._masters = masters
        self._clock = clock
        self._bound = bound
        self._making = Session(url, "daybook make keys")
        self._finding = Session(url, "daybook find keys")
        # By age: None is the key of somebody who was erased.
        self._kept: OrderedDict[UUID, tuple[float, AESGCM | None]] = OrderedDict()
        self._secrets: dict[str, bytes] = {}

    async def find(self, people: Collection[UUID]) -> Mapping[UUID, AESGCM]:
        """Look up what is not at hand in one round trip; see `events.sealed.Keyring`."""
        found = self._at_hand(people)
        if missing := [person for person in people if person not in found]:
            found |= self._unwrapped(await self._fetch(self._finding, _FIND, missing))
        return {person: key for person, key in found.items() if key is not None}

    async def make(self, people: Collection[UUID]) -> Mapping[UUID, AESGCM]:
        """Make what is not at hand in one round trip; see `events.sealed.Keyring`."""
        found = self._at_hand(people)
        if missing := [person for person in people if person not in found]:
            new = {person: AESGCM.generate_key(KEY_BITS) for person in missing}
            offered = {self._masters.wrap(key, owner_name(person)).sealed: key for person, key in new.items()}
            rows = await self._fetch(self._making, _MAKE, missing, list(offered), self._masters.first)
            found |= self._unwrapped(rows, offered)
        return {person: key for person, key in found.items() if key is not None}

    async def destroy(self, people: Collection[UUID]) -> list[UUID]:
        """Destroy keys for good, and forget them here; see `events.sealed.Vault`."""
        rows = await self._fetch(self._making, _DESTROY, list(people))
        for person in people:
            self._keep(person, None)
        return [row[0] for row in rows]

    async def secret(self, name: str) -> bytes:
        """Look a secret up, or make it, once; see `events.sealed.Vault`."""
        if name not in self._secrets:
            rows = await self._fetch(self._finding, _SECRET, name)
            if not rows:
                offered = self._masters.wrap(AESGCM.generate_key(KEY_BITS), _secret(name))
                await self._fetch(self._making, _KEEP_SECRET, name, *offered)
                rows = await self._fetch(self._finding, _SECRET, name)
            self._secrets[name] = self._unwrap(Wrapped(*rows[0]), _secret(name))
        return self._secrets[name]

    async def close(self) -> None:
        """Close the connections."""
        await self._making.close()
        await self._finding.close()

    def _at_hand(self, people: Collection[UUID]) -> dict[UUID, AESGCM | None]:
        oldest = self._clock() - KEPT_SECONDS
        while self._kept and next(iter(self._kept.values()))[0] < oldest:
            self._kept.popitem(last=False)
        return {person: self._kept[person][1] for person in people if person in self._kept}

    def _unwrapped(
        self, rows: Iterable[asyncpg.Record], known: Mapping[bytes, bytes] = MappingProxyType({})
    ) -> dict[UUID, AESGCM | None]:
        """`known` are keys by their wrapped form, which need not be unwrapped."""
        found: dict[UUID, AESGCM | None] = {}
        for person, master_id, wrapped in rows:
            if wrapped is None or self._is_gone(person):
                found[person] = None
            else:
                key = known.get(wrapped) or self._unwrap(Wrapped(master_id, wrapped), owner_name(person))
                found[person] = AESGCM(key)
            self._keep(person, found[person])
        return found

    def _keep(self, person: UUID, key: AESGCM | None) -> None:
        self._kept[person] = (self._clock(), key)
        self._kept.move_to_end(person)
        while len(self._kept) > self._bound:
            self._kept.popitem(last=False)

    def _is_gone(self, person: UUID) -> bool:
        """Whether it was destroyed here while it was being looked up."""
        return person in self._kept and self._kept[person][1] is None

    def _unwrap(self, wrapped: Wrapped, owner: str) -> bytes:
        try:
            return self._masters.unwrap(wrapped, owner)
        except CannotUnwrap as error:
            raise KeysUnavailable(str(error)) from error

    async def _fetch(self, session: Session, statement: str, *arguments: object) -> list[asyncpg.Record]:
        try:
            async with session.use() as connection:
                return list(await connection.fetch(statement, *arguments))
        except UNREACHABLE as error:
            raise KeysUnavailable(type(error).__name__) from error


@asynccontextmanager
async def open_keys(settings: Settings) -> AsyncIterator[PersonKeys]:
    """Open the keys where the settings say that they lie; they name a database and a master key."""
    url = settings.keys_url or settings.database_url
    if url is None or settings.master_key is None:
        raise ValueError("the settings name no database, or no master key")
    keys = PersonKeys(url, MasterKeys.parse(settings.master_key))
    try:
        yield keys
    finally:
        await keys.close()


async def rotate(connection: asyncpg.Connection, masters: MasterKeys, page: int = 1_000) -> int:
    """Wrap every key and secret anew in the first master key, as the owner of the schema; return how many were.

    Raises CannotUnwrap: then some are done, and it may be begun again.
    """
    rotated, last = 0, UUID(int=0)
    while rows := await connection.fetch(_OTHERS, last, masters.first, page):
        rotated += await _rewrap(connection, masters, rows)
        last = rows[-1][0]
    for name, master_id, wrapped in await connection.fetch(_OTHER_SECRETS, masters.first):
        new = masters.wrap(masters.unwrap(Wrapped(master_id, wrapped), _secret(name)), _secret(name))
        await connection.execute(_REWRAP_SECRET, name, *new)
        rotated += 1
    return rotated


async def _rewrap(connection: asyncpg.Connection, masters: MasterKeys, rows: Iterable[asyncpg.Record]) -> int:
    people, wrapped = list[UUID](), list[bytes]()
    for person, master_id, old in rows:
        key = masters.unwrap(Wrapped(master_id, old), owner_name(person))
        people.append(person)
        wrapped.append(masters.wrap(key, owner_name(person)).sealed)
    await connection.execute(_REWRAP, people, wrapped, masters.first)
    return len(people)


def owner_name(person: UUID) -> str:
    """Name a person as the owner of a wrapped key."""
    return f"person {person}"


def _secret(name: str) -> str:
    return f"secret {name}"
