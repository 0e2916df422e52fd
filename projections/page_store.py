"""Pages of answers in Redis, and the protocol by which none is shown that is older than it says.

A page is written by who had to work it out, under a topic (see `projections.topics`), and taken out by a keeper when
something under the topic changes. One key, the *checkpoint*, says for all pages together up to which position of the
log changes have been taken out: what is there holds at that position. A new *epoch* forgets all pages at once; its
name says of which generation of the read models its pages are at least (see `projections.generation`). Why this
holds whatever is lost, late or old is told in docs/caching.md.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple, Self

from daybook.database import UNREACHABLE, connect
from daybook.notifications import RECONNECT_SECONDS
from daybook.valkey import Away, Script, Valkey
from projections.topics import SLOTS, Change

# What nobody was told of (a row that was mended by hand, and no generation begun) shows after this time.
PAGE_MILLISECONDS: Final = 60_000
CHECKPOINT_MILLISECONDS: Final = 24 * 60 * 60 * 1_000
REMEMBERED: Final = 20_000

_LUA: Final = Path(__file__).with_name("lua")
ADVANCE: Final = Script((_LUA / "advance.lua").read_text())
BEGIN: Final = Script((_LUA / "begin.lua").read_text())
WRITE: Final = Script((_LUA / "write.lua").read_text())

_CHECKPOINT: Final = "checkpoint"
_CHANGES: Final = "changes"
_POSITION_DIGITS: Final = 16  # as write.lua reads them
_DAY_SLASHES: Final = 2
_SLOT: Final = "slot:"
_IDENTITY: Final = """
    select system_identifier || '-' || (select oid from pg_database where datname = current_database())
    from pg_control_system()"""


class Checkpoint(NamedTuple):
    """Pages of this epoch hold at the position. What changed after `floor` is remembered, page by page."""

    epoch: str
    position: int
    floor: int


class Kept(NamedTuple):
    """A page as it was at some position or later; `position` is the last one of which that is certain."""

    position: int
    content: bytes


def new_epoch(generation: int) -> str:
    """Name an epoch that there never was, which begins when this generation is known."""
    return f"{generation}-{secrets.token_hex(8)}"


def generation_of(epoch: str) -> int:
    """Return the generation that was known when an epoch began: all its pages were worked out later."""
    return int(epoch.partition("-")[0])


class Look(NamedTuple):
    """What there is of the pages that were asked for; None for one that is not there.

    `epoch` is for writing what was not.
    """

    epoch: str
    pages: list[Kept | None]


def page_topics(change: Change) -> list[str]:
    """Return those topics of a change under which pages are kept: a slot, and the slots of a place and a local day."""
    return [
        each
        for each in change.topics
        if each.startswith(_SLOT) or (each.startswith(SLOTS) and each.count("/") == _DAY_SLASHES)
    ]


class PageStore:
    """Use as `async with PageStore(valkey, url, shape) as store`.

    Each database has pages of its own, and so has each `shape`: programs that would read each other's pages wrongly
    have different ones. Until the database was reached for the first time there is nothing to be had.
    """

    def __init__(self, valkey: Valkey, url: str, shape: str, *, remembered: int = REMEMBERED) -> None:
        """`url` is that of the database; `remembered` is how many changes are."""
        self._valkey = valkey
        self._url = url
        self._shape = shape
        self._remembered = remembered
        self._prefix: str | None = None
        self._epoch = ""
        self._identifying: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Ask the database which one it is."""
        self._identifying = asyncio.create_task(self._identify(), name="identify database")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop asking."""
        if self._identifying is not None:
            self._identifying.cancel()
            with suppress(asyncio.CancelledError):
                await self._identifying

    async def identified(self) -> None:
        """Wait until the database was reached for the first time."""
        if self._identifying is not None:
            await asyncio.shield(self._identifying)

    @property
    def is_asked(self) -> bool:
        """Whether there is anything to be had at the moment."""
        return self._prefix is not None and self._valkey.is_asked

    async def answers(self) -> bool:
        """Ask whether Redis is there."""
        return await self._valkey.answers()

    async def read(self, topics: Sequence[str]) -> Look:
        """Return what there is under some topics, in one round trip, or two after a new epoch. Raises Away."""
        for _ in range(2):
            epoch = self._epoch
            text, *pages = await self._valkey.get_many([self._key(_CHECKPOINT), *self._pages(epoch, topics)])
            if text is None:
                raise Away("nobody has begun to keep pages")
            checkpoint = _parse(text)
            if checkpoint.epoch == epoch:
                return Look(epoch, [None if page is None else _kept(page, checkpoint) for page in pages])
            self._epoch = checkpoint.epoch
        raise Away("pages were begun anew just now")

    async def checkpoint(self) -> Checkpoint | None:
        """Return where the pages stand. Raises Away."""
        (text,) = await self._valkey.get_many([self._key(_CHECKPOINT)])
        return None if text is None else _parse(text)

    async def topics(self, kind: str) -> list[str]:
        """Return the topics of a kind under which there is a page. Raises Away."""
        checkpoint = await self.checkpoint()
        if checkpoint is None:
            return []
        beginning = self._key(f"{checkpoint.epoch}:")
        return sorted(key.removeprefix(beginning) for key in await self._valkey.keys(f"{beginning}{kind}:*"))

    async def write(self, epoch: str, position: int, pages: Mapping[str, bytes]) -> int:
        """Keep pages by topic that were worked out at a position, unless something has happened since; say how many.

        `epoch` and `position` were known before the query that found them ran: the one was read with `read`, the other
        is one that all read models had reached. Raises Away.
        """
        at = f"{position:0{_POSITION_DIGITS}}".encode()
        named = [part for topic, content in pages.items() for part in (topic, at + content)]
        keys = [*self._own(), *self._pages(epoch, list(pages))]
        kept: int = await self._valkey.run(WRITE, keys, [epoch, position, PAGE_MILLISECONDS, *named])
        return kept

    async def advance(self, epoch: str, after: int, to: int, changed: Mapping[str, int]) -> Checkpoint | None:
        """Take out what changed after one position up to another, each topic with the position of its last change.

        Return where the pages stand then: it was to no avail if that is another epoch, or before `to`. Raises Away.
        """
        keys = [*self._own(), *self._pages(epoch, list(changed))]
        named = [part for topic, position in changed.items() for part in (topic, position)]
        arguments = [epoch, after, to, self._remembered, CHECKPOINT_MILLISECONDS, *named]
        text: bytes | None = await self._valkey.run(ADVANCE, keys, arguments)
        return None if text is None else _parse(text)

    async def begin(self, seen: Checkpoint | None, epoch: str, position: int) -> Checkpoint:
        """Forget all pages, if the checkpoint is still the one that was seen; return where the pages stand then.

        `epoch` is one that was never used before. Raises Away.
        """
        before = "" if seen is None else f"{seen.epoch} {seen.position} {seen.floor}"
        return _parse(await self._valkey.run(BEGIN, self._own(), [before, epoch, position, CHECKPOINT_MILLISECONDS]))

    def _own(self) -> list[str]:
        return [self._key(_CHECKPOINT), self._key(_CHANGES)]

    def _pages(self, epoch: str, topics: Sequence[str]) -> list[str]:
        return [self._key(f"{epoch}:{topic}") for topic in topics]

    def _key(self, name: str) -> str:
        if self._prefix is None:
            raise Away("the database has not been reached yet")
        return self._prefix + name

    async def _identify(self) -> None:
        while self._prefix is None:
            try:
                connection = await connect(self._url, "daybook pages")
                try:
                    identity = await connection.fetchval(_IDENTITY)
                finally:
                    await connection.close()
            except UNREACHABLE:
                await asyncio.sleep(RECONNECT_SECONDS)
            else:
                # In a cluster, keys with the same name in braces are on the same server.
                self._prefix = f"daybook:{{{identity}:{self._shape}}}:"


def _parse(text: bytes) -> Checkpoint:
    epoch, position, floor = text.decode().split(" ")
    return Checkpoint(epoch, int(position), int(floor))


def _kept(page: bytes, checkpoint: Checkpoint) -> Kept:
    """Nothing has changed in it up to the checkpoint, or it is newer than that."""
    return Kept(max(checkpoint.position, int(page[:_POSITION_DIGITS])), page[_POSITION_DIGITS:])
