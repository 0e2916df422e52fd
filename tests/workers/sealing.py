"""A sealer at work, and what it has noted and published so far."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from daybook.metrics import Metrics
from events.log import Log
from events.proofs.checkpoint import Checkpoint, read
from tests.events.postgres.looking import owner, until
from tests.support.sealing import KEY
from workers.postman import Postman
from workers.sealer import Sealer


class Status(NamedTuple):
    """What the sealer has noted."""

    position: int
    number: int
    fault: str | None


def now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


@asynccontextmanager
async def at_work(  # noqa: PLR0913  what a sealer works with
    log: Log,
    url: str,
    path: Path,
    *,
    key: Ed25519PrivateKey = KEY,
    metrics: Metrics | None = None,
    postman: Postman | None = None,
) -> AsyncIterator[None]:
    """Seal meanwhile."""
    sealing = asyncio.create_task(Sealer(log, url, key, path, metrics or Metrics(), now, postman).run())
    try:
        yield
        assert not sealing.done()
    finally:
        sealing.cancel()
        with suppress(asyncio.CancelledError):
            await sealing


async def status(url: str) -> Status | None:
    """What stands in the database; None if nothing does yet."""
    async with owner(url) as connection:
        row = await connection.fetchrow("select position, number, fault from audit.sealer")
    return None if row is None else Status(*row)


async def sealed_up_to(url: str, position: int) -> None:
    """Wait until a checkpoint covers a position, and all is well."""

    async def is_there() -> bool:
        now = await status(url)
        return now is not None and now.position == position and now.fault is None

    await until(is_there)


async def refusal(url: str) -> str:
    """Wait until it refuses to sign; return why."""
    found: list[str] = []

    async def refuses() -> bool:
        now = await status(url)
        if now is not None and now.fault is not None:
            found.append(now.fault)
        return bool(found)

    await until(refuses)
    return found[0]


async def kept(url: str) -> list[bytes]:
    """Read the lines that the database keeps."""
    async with owner(url) as connection:
        rows = await connection.fetch("select line from audit.checkpoint order by number")
    return [row[0].encode() for row in rows]


def published(path: Path) -> list[bytes]:
    """Read the lines that stand in the file."""
    return path.read_bytes().splitlines()


def rewrite(path: Path, lines: Sequence[bytes]) -> None:
    """Put other lines into the file."""
    path.write_bytes(b"".join(each + b"\n" for each in lines))


def spans(lines: Sequence[bytes]) -> list[tuple[int, int]]:
    """Tell from where to where each checkpoint goes."""
    return [(each.first, each.last) for each in checkpoints(lines)]


def checkpoints(lines: Sequence[bytes]) -> list[Checkpoint]:
    """Read lines."""
    return [read(line).checkpoint for line in lines]
