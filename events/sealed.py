"""A log whose personal data is sealed: whoever is above it writes and reads plain values, below there is ciphertext.

A value lies in the log under its person's key (`events.sealing`). Who has no key of a person reads `REDACTED` in its
place: because the person was erased, or because no keys were given at all. What was written before there were seals,
version 1 of these events, is read as it stands.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol, TypeVar
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.dcb.api import DCBQuery

from events.catalogue import PERSONAL
from events.log import Attempt, Block, Brief, Fact, Hashed, Lived, Log, Recorded, StoredCommand, Under, Verdict
from events.personal import REDACTED, SEALED
from events.sealing import NONCE_BYTES, BrokenSeal, Place, seal, unseal

SINCE_VERSION: Final = 2
PAGE: Final = 1_000

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode

_MARK: Final = f'"{SEALED}'.encode()
_SEAL: Final = re.compile(rb'"%b[^"]*"' % SEALED.encode())
_REDACTION: Final = _encode(REDACTED)

E = TypeVar("E", Recorded, Brief)

Keys = Mapping[UUID, AESGCM]
_NO_KEYS: Final[Keys] = {}


class Keyring(Protocol):
    """The keys of people, by the id under which they are candidates. Raises LogUnavailable."""

    async def find(self, people: Collection[UUID]) -> Keys:
        """Return the keys of those who have one."""
        ...

    async def make(self, people: Collection[UUID]) -> Keys:
        """Return everybody's key, made and kept where there was none; only who was erased has none, for good."""
        ...


class Vault(Keyring, Protocol):
    """Where keys are kept. Raises LogUnavailable."""

    async def destroy(self, people: Collection[UUID]) -> Collection[UUID]:
        """Destroy keys for good, also of those who have none yet; return whose key was there until now."""
        ...

    async def secret(self, name: str) -> bytes:
        """Return a secret of the service: 32 random bytes, the same ones in every process and for good."""
        ...


class NoKeys:
    """Nobody's key is known: all that is sealed is read as redacted, and what is written is redacted."""

    async def find(self, people: Collection[UUID]) -> Keys:  # noqa: ARG002  it is the same for everybody
        """Find none."""
        return _NO_KEYS

    async def make(self, people: Collection[UUID]) -> Keys:  # noqa: ARG002  as above
        """Make none."""
        return _NO_KEYS


class SealedLog:
    """Speaks `events.log.Log`, over another log. The content hash of an event is that of its stored form."""

    def __init__(
        self, log: Log, keyring: Keyring, new_nonce: Callable[[], bytes] = lambda: os.urandom(NONCE_BYTES)
    ) -> None:
        """`new_nonce` gives 12 bytes, never the same twice."""
        self._log = log
        self._keyring = keyring
        self._new_nonce = new_nonce

    async def append(self, attempts: Sequence[Attempt], decided_at: datetime) -> Sequence[Verdict]:
        """Seal, and settle a batch; see `events.log.Log`. A person's key is there before their data is.

        Of somebody erased nothing is written any more: their fields are redacted.
        """
        people = {person_of(fact) for each in attempts for fact in each.facts if fact.type in PERSONAL}
        if people:
            keys = await self._keyring.make(people)
            attempts = [self._sealed(each, keys) for each in attempts]
        return await self._log.append(attempts, decided_at)

    async def read_tags(self, wanted: Mapping[str, int]) -> Mapping[str, Under]:
        """Read for a decision, which looks at no personal field: they are redacted, and no key is asked for."""
        found = await self._log.read_tags(wanted)
        return {tag: Under([redacted(each) for each in under.events], under.position) for tag, under in found.items()}

    async def read(
        self, query: DCBQuery | None = None, *, after: int = 0, limit: int | None = None
    ) -> AsyncIterator[Recorded]:
        """Iterate over the opened events; see `events.log.Log`. Keys are looked up once for a page."""
        page: list[Recorded] = []
        async for event in self._log.read(query, after=after, limit=limit):
            page.append(event)
            if len(page) == PAGE:
                for each in await self._opened(page):
                    yield each
                page = []
        for each in await self._opened(page):
            yield each

    async def lived(self, tag: str, until: int | datetime | None = None) -> Lived:
        """Return the opened events that stand under a tag; see `events.log.Log`."""
        found = await self._log.lived(tag, until)
        return Lived(await self._opened(found.events), found.head)

    async def brief(self, after: int, limit: int) -> Sequence[Brief]:
        """Return the opened events after a position; see `events.log.Log`."""
        return await self._opened(await self._log.brief(after, limit))

    def commands(self) -> AsyncIterator[StoredCommand]:
        """Iterate over the settled commands, whose bodies are redacted; see `events.log.Log`."""
        return self._log.commands()

    async def settled(self, command_ids: Collection[UUID]) -> Mapping[UUID, StoredCommand]:
        """Return settled commands, whose bodies are redacted; see `events.log.Log`."""
        return await self._log.settled(command_ids)

    def blocks(self, *, after: int = -1) -> AsyncIterator[Block]:
        """Iterate over the blocks that end after a position; see `events.log.Log`."""
        return self._log.blocks(after=after)

    async def hashes(self, after: int, last: int) -> Sequence[Hashed]:
        """Return what the chain knows of events; see `events.log.Log`."""
        return await self._log.hashes(after, last)

    async def unfindable(self, after: int, last: int) -> int | None:
        """Look for what its tags do not lead to; see `events.log.Log`."""
        return await self._log.unfindable(after, last)

    async def head(self) -> int:
        """Return the last position."""
        return await self._log.head()

    async def wait(self, after: int, seconds: float) -> int:
        """Wait for a position greater than `after`; see `events.log.Log`."""
        return await self._log.wait(after, seconds)

    def _sealed(self, attempt: Attempt, keys: Keys) -> Attempt:
        if not any(fact.type in PERSONAL for fact in attempt.facts):
            return attempt
        facts = [
            sealed(fact, attempt.command_id, keys, self._new_nonce) if fact.type in PERSONAL else fact
            for fact in attempt.facts
        ]
        return msgspec.structs.replace(attempt, facts=facts)

    async def _opened(self, events: Sequence[E]) -> Sequence[E]:
        if isinstance(self._keyring, NoKeys):  # nothing has to be taken apart for that
            return [redacted(each) for each in events]
        found = [(number, about) for number, each in enumerate(events) if (about := _sealed_in(each))]
        if not found:
            return events
        keys = await self._keyring.find({about.person for _, about in found})
        opened = list(events)
        for number, about in found:
            opened[number] = _with_opened(opened[number], about, keys)
        return opened


def sealed(fact: Fact, command_id: UUID, keys: Keys, new_nonce: Callable[[], bytes]) -> Fact:
    """Return a fact of one of the kinds in `PERSONAL` as it is stored."""
    plain = _decode(fact.data)
    person = _uuid(plain["candidate_id"])
    key = keys.get(person)
    for field, value in _given(fact.type, plain):
        place = Place(command_id, fact.type, field, person)
        plain[field] = REDACTED if key is None else seal(value, key, place, new_nonce())
    return fact._replace(data=_encode(plain))


def opened_with(keys: Keys, events: Iterable[E]) -> list[E]:
    """Return stored events as one reads them who has these keys."""
    return [_with_opened(each, about, keys) if (about := _sealed_in(each)) else each for each in events]


def redacted(event: E) -> E:
    """Return a stored event as one reads it who has no key. No other field of these events has room for a seal."""
    if event.type not in PERSONAL or event.version < SINCE_VERSION:
        return event
    return msgspec.structs.replace(event, data=_SEAL.sub(_REDACTION, event.data))


def person_of(fact: Fact) -> UUID:
    """Tell whose the personal data in a fact is."""
    return _uuid(_decode(fact.data)["candidate_id"])


class _About(NamedTuple):
    """What stands in an event, and about whom it is."""

    person: UUID
    plain: dict[str, Any]


def _uuid(text: object) -> UUID:
    return msgspec.convert(text, UUID)  # eight times faster than to call UUID


def _given(kind: str, plain: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Name the personal fields that hold something, with what they hold."""
    return [(field, value) for field in PERSONAL[kind] if (value := plain.get(field)) is not None]


def _sealed_in(event: Recorded | Brief) -> _About | None:
    """Tell what stands in an event that has a seal; what cannot even be read is left to who decodes it."""
    if event.type not in PERSONAL or event.version < SINCE_VERSION or _MARK not in event.data:
        return None
    try:
        plain = _decode(event.data)
        return _About(_uuid(plain.get("candidate_id")), plain)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _with_opened(event: E, about: _About, keys: Keys) -> E:
    """Open what can be opened. A broken seal stays as it is, which decoding refuses (`events.codec.StillSealed`)."""
    person, plain = about
    key = keys.get(person)
    for field, value in _given(event.type, plain):
        if isinstance(value, str) and value.startswith(SEALED):
            place = Place(event.command_id, event.type, field, person)
            plain[field] = REDACTED if key is None else _open(value, key, place)
    return msgspec.structs.replace(event, data=_encode(plain))


def _open(value: str, key: AESGCM, place: Place) -> str:
    try:
        return unseal(value, key, place)
    except BrokenSeal:
        return value
