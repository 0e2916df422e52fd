"""The stored form of events: sealed with keys and nonces that are always the same."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.catalogue import CODEC, PERSONAL
from events.codec import Event
from events.log import Fact, Recorded
from events.sealed import Keys, sealed
from tests.events.things import CANDIDATE, SECOND_CANDIDATE, THIRD_CANDIDATE

COMMAND = UUID("88888888-8888-4888-8888-888888888888")
MOMENT = datetime(2027, 1, 1, tzinfo=UTC)
KEYS: Keys = {person: AESGCM(person.bytes * 2) for person in (CANDIDATE, SECOND_CANDIDATE, THIRD_CANDIDATE)}


def nonces() -> Any:
    """Give 1, 2, 3, ... as nonces."""
    numbers = count(1)
    return lambda: next(numbers).to_bytes(12, "big")


def stored(events: Iterable[Event]) -> list[Fact]:
    """Return events of one command as they lie in the log."""
    new_nonce = nonces()
    facts = [CODEC.encode(event) for event in events]
    return [sealed(fact, COMMAND, KEYS, new_nonce) if fact.type in PERSONAL else fact for fact in facts]


def recorded(fact: Fact, position: int = 1) -> Recorded:
    """Return a fact with its place in the log."""
    return Recorded(
        position, fact.type, fact.version, fact.tags, fact.data, MOMENT, MOMENT, COMMAND, "a", COMMAND, None, None, b""
    )
