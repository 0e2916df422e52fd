"""Up to where a log is sealed, and since when, seen from outside: in the file that checkpoints are published in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from time import time
from typing import Final, NamedTuple

from events.proofs.checkpoint import read

SECONDS_TO_LOOK_AGAIN: Final = 0.002


class Sealed(NamedTuple):
    """A checkpoint, and when it was seen, in seconds since 1970."""

    at: float
    number: int
    position: int
    key: str


async def published(path: Path) -> AsyncIterator[Sealed]:
    """Yield the checkpoints that stand in a file, and for ever those that come."""
    while not path.exists():  # noqa: ASYNC110, ASYNC240  another process makes it
        await asyncio.sleep(SECONDS_TO_LOOK_AGAIN)
    rest = b""
    with path.open("rb") as file:
        while True:
            *lines, rest = (rest + file.read()).split(b"\n")
            now = time()
            for line in lines:
                checkpoint = read(line).checkpoint
                yield Sealed(now, checkpoint.number, checkpoint.last, checkpoint.key)
            await asyncio.sleep(SECONDS_TO_LOOK_AGAIN)


async def sealed_up_to(path: Path, position: int, seconds: float) -> Sealed:
    """Wait for the checkpoint that covers a position. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        async for each in published(path):
            if each.position >= position:
                return each
    raise AssertionError("they come for ever")
