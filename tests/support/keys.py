"""The keys that tests seal under, and what fingerprints are made with in tests that know no database."""

import base64
from collections.abc import Collection, Iterator, Mapping
from itertools import count
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from daybook.settings import Settings

MASTER_KEY = base64.b64encode(bytes(range(32))).decode()
SECRET = b"a secret of the service, in tests"


def settings_of(database_url: str) -> Settings:
    """Settings with a database and the master key of the tests."""
    return Settings(database_url=database_url, master_key=MASTER_KEY)


class Ring:
    """Keys in memory, made from the person's id; a key that was destroyed stays so. It counts how often it is asked."""

    def __init__(self) -> None:
        """Nobody has a key yet."""
        self.made: dict[UUID, AESGCM | None] = {}
        self.asked = 0

    async def find(self, people: Collection[UUID]) -> Mapping[UUID, AESGCM]:
        """The keys of those who have one."""
        self.asked += 1
        return {person: key for person in people if (key := self.made.get(person)) is not None}

    async def make(self, people: Collection[UUID]) -> Mapping[UUID, AESGCM]:
        """Everybody's key, but that of who was erased."""
        for person in people:
            self.made.setdefault(person, AESGCM(person.bytes * 2))
        return await self.find(people)

    async def destroy(self, people: Collection[UUID]) -> list[UUID]:
        """Destroy keys."""
        had = [person for person in people if self.made.get(person) is not None]
        self.made |= dict.fromkeys(people)
        return had

    async def secret(self, name: str) -> bytes:
        """The same secret for all."""
        return SECRET + name.encode()


def nonces() -> Iterator[bytes]:
    """1, 2, 3, ... as nonces."""
    return (number.to_bytes(12, "big") for number in count(1))
