"""What personal data is sealed under here, and a log that seals as the service does."""

from __future__ import annotations

import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from commands.request import FINGERPRINTS
from daybook.master_keys import MasterKeys
from daybook.settings import Settings
from events.log import Fact
from events.postgres import open_keys, open_log
from events.postgres.keys import KEY_BITS, owner_name
from events.sealed import SealedLog, person_of, sealed
from events.sealing import NONCE_BYTES

MASTER_KEY: Final = base64.b64encode(b"what a bench keeps is no secret.").decode()
SECRET: Final = b"as is this"
"""What fingerprints are made with in measurements where no other program repeats a command."""


def settings_of(url: str) -> Settings:
    """Name a database, in which the keys are as well."""
    return Settings(database_url=url, master_key=MASTER_KEY)


@asynccontextmanager
async def open_sealed(url: str) -> AsyncIterator[SealedLog]:
    """Open the log of a database as the service does."""
    async with open_log(url) as log, open_keys(settings_of(url)) as keys:
        yield SealedLog(log, keys)


async def fingerprint_secret(url: str) -> bytes:
    """Return the service's own secret."""
    async with open_keys(settings_of(url)) as keys:
        return await keys.secret(FINGERPRINTS)


class Sealer:
    """Seals what is printed. `wrapped` are the keys that it made, as they lie in the database."""

    def __init__(self) -> None:
        """Nobody has a key."""
        self._masters = MasterKeys.parse(MASTER_KEY)
        self._keys: dict[UUID, AESGCM] = {}
        self._new_nonce = partial(os.urandom, NONCE_BYTES)
        self.master_id = self._masters.first
        self.wrapped: dict[UUID, bytes] = {}

    def seal(self, fact: Fact, command_id: UUID) -> bytes:
        """Return the data of a fact as it is stored."""
        person = person_of(fact)
        if person not in self._keys:
            key = AESGCM.generate_key(KEY_BITS)
            self._keys[person] = AESGCM(key)
            self.wrapped[person] = self._masters.wrap(key, owner_name(person)).sealed
        return sealed(fact, command_id, self._keys, self._new_nonce).data
