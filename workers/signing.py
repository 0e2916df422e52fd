"""A turn at sealing: what was published is read back and compared with the log, and what follows is signed.

The database has a checkpoint before the file has it. Whoever lost the turn without knowing it fails there, by its
number; and what a process kept and did not live to publish is published, to the byte, by the next.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events.log import BEGINNING, Block, Log
from events.proofs.checkpoint import NotACheckpoint, Sealed, read, sign
from events.proofs.keys import public_name
from workers import ledger
from workers.chain import Fault
from workers.published import Published
from workers.sealing import Stretch, draw_up, follows

MOST_EVENTS: Final = 1_000


class Refused(Exception):
    """Nothing must be signed; `fault` says why."""

    def __init__(self, position: int, what: str) -> None:
        """`position` is the first that is not what was signed."""
        super().__init__(what)
        self.fault = Fault(position, what)


class Turn:
    """Ours for as long as the connection holds the lock, and the file is open."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        published: Published,
        log: Log,
        key: Ed25519PrivateKey,
        clock: Callable[[], datetime],
    ) -> None:
        """Nothing is read yet."""
        self._connection = connection
        self._published = published
        self._log = log
        self._key = key
        self._clock = clock
        self._name: UUID | None = None

    async def read_back(self) -> Sealed | None:
        """Return the last checkpoint, as it was published; None before the first one. Raises Refused."""
        self._name = await ledger.log_id(self._connection)
        last = await self._agreed()
        if last is not None:
            self._check_ours(last)
        await self._check_held(last)
        return last

    async def seal(self, before: Sealed | None, successor: Ed25519PrivateKey | None = None) -> Sealed | None:
        """Sign what stands behind a checkpoint, MOST_EVENTS or an append beyond; None if nothing does. Raises Refused.

        Where a successor is given, the key hands over to it, whether there is news or not.
        """
        after = reached(before)
        blocks: list[Block] = []
        async for block in self._log.blocks(after=after):
            blocks.append(block)
            if block.last - after >= MOST_EVENTS:
                break
        if not blocks and successor is None:
            return None
        if self._name is None:
            raise Refused(after + 1, "the log has lost its name")
        stretch = Stretch(blocks, await self._log.hashes(after, blocks[-1].last) if blocks else [])
        drawn = draw_up(before, stretch, log=self._name, key=public_name(self._key), signed_at=self._clock())
        if isinstance(drawn, Fault):
            raise Refused(*drawn)
        sealed = sign(drawn, self._key, successor)
        await ledger.keep(self._connection, sealed)
        self._published.add([sealed.line])
        return sealed

    async def _agreed(self) -> Sealed | None:
        """Make file and database have the same checkpoints, which either may lack the last ones of."""
        line = self._published.last()
        published = None if line is None else _understood(line, 0)
        kept = await ledger.newest(self._connection)
        there, here = published.checkpoint.number if published else 0, kept.number if kept else 0
        if here > there:
            return await self._publish_after(published)
        if there > here:
            await self._keep_after(here)
        elif kept is not None and published is not None and kept.line != published.line:
            raise Refused(published.checkpoint.first, f"checkpoint {there} was published as another than it is kept")
        return published

    async def _publish_after(self, last: Sealed | None) -> Sealed | None:
        while lines := await ledger.after(self._connection, last.checkpoint.number if last else 0):
            for line in lines:
                sealed = _understood(line, reached(last))
                if not follows(last, sealed):
                    raise Refused(reached(last) + 1, "what is kept does not follow from what was published")
                last = sealed
            self._published.add(lines)
        return last

    async def _keep_after(self, number: int) -> None:
        last: Sealed | None = None
        for line in self._published.lines():
            sealed = _understood(line, reached(last))
            if not follows(last, sealed):
                raise Refused(reached(last) + 1, "what was published does not follow from what was published before")
            if sealed.checkpoint.number > number:
                await ledger.keep(self._connection, sealed)
            last = sealed

    def _check_ours(self, last: Sealed) -> None:
        checkpoint, ours = last.checkpoint, public_name(self._key)
        if checkpoint.log != self._name:
            raise Refused(1, f"what was published is of another log, {checkpoint.log}")
        if checkpoint.successor != ours:
            after = f"after checkpoint {checkpoint.number} the key {checkpoint.successor} signs"
            raise Refused(checkpoint.last + 1, f"{after}, and ours is {ours}")

    async def _check_held(self, last: Sealed | None) -> None:
        position = reached(last)
        block = await anext(self._log.blocks(after=position - 1), None)
        if last is None:
            if block != BEGINNING:
                raise Refused(1, "the log does not begin as every log begins")
        elif block is None or (block.last, block.hash.hex()) != (position, last.checkpoint.chain):
            number = last.checkpoint.number
            raise Refused(position, f"the log does not hold the block that checkpoint {number} was signed over")


def reached(last: Sealed | None) -> int:
    """Return up to where the log is sealed."""
    return last.checkpoint.last if last else 0


def _understood(line: bytes, after: int) -> Sealed:
    try:
        return read(line)
    except NotACheckpoint as error:
        raise Refused(after + 1, f"what stands for a checkpoint is none: {error}") from error
