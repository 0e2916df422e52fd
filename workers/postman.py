"""Bringing checkpoints to a webhook, each once and in order, from the file that they are published in.

As Standard Webhooks says: the body is the line as it was published, the headers tell its id, which does not change when
it is sent again, and that it comes from us. Whoever is sent one may be anywhere, so that nobody who runs this log can
take it back, but not at an address of our own network that the operator did not name. How far they were brought is
noted beside the file.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import structlog

from daybook.networks import Networks
from events.proofs.checkpoint import Checkpoint, read
from workers.outgoing import TIMEOUT_SECONDS, JudgingTransport, Refused
from workers.published import LONGEST

DELIVERED: Final = ".delivered"

LOOK_SECONDS: Final = 0.25
FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 300.0

_SECRET: Final = "whsec_"  # noqa: S105  how every secret of a webhook begins

_log = structlog.get_logger(__name__)


class Letter(NamedTuple):
    """A published line, what it says, and where it ends in the file."""

    line: bytes
    checkpoint: Checkpoint
    end: int


class Postman:
    """One per process. Reads the file alone, and never keeps the sealer waiting."""

    def __init__(self, path: Path, url: str, secret: str, clock: Callable[[], datetime], networks: Networks) -> None:
        """`path` is that of the file of checkpoints, `secret` begins with whsec_; `networks` need not be public."""
        self._path = path
        self._noted = path.with_name(f"{path.name}{DELIVERED}")
        self._url = url
        self._secret = base64.b64decode(secret.removeprefix(_SECRET))
        self._clock = clock
        self._networks = networks
        self.delivered = 0

    async def run(self) -> None:
        """Bring until cancelled: what was brought and not noted is brought again."""
        self.delivered, end = self._brought()
        pause = FIRST_PAUSE_SECONDS
        transport = JudgingTransport(self._networks)
        async with httpx.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS, follow_redirects=False) as client:
            while True:
                letter = self._next(end)
                if letter is None:
                    await asyncio.sleep(LOOK_SECONDS)
                elif (failure := await self._bring(client, letter)) is None:
                    self.delivered, end, pause = letter.checkpoint.number, letter.end, FIRST_PAUSE_SECONDS
                    with suppress(OSError):
                        self._noted.write_text(f"{self.delivered} {end}\n")
                else:
                    number = letter.checkpoint.number
                    _log.warning("checkpoint was not taken", number=number, error=failure, pause_seconds=pause)
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _brought(self) -> tuple[int, int]:
        """Which one was brought last, and where it ends in the file; 0 where that is not known, or the file is new."""
        try:
            number, end = map(int, self._noted.read_text().split())
            return (number, end) if end <= self._path.stat().st_size else (0, 0)
        except (OSError, ValueError):
            return 0, 0

    def _next(self, begin: int) -> Letter | None:
        try:
            with self._path.open("rb") as file:
                file.seek(begin)
                line = file.readline(LONGEST)
            return Letter(line[:-1], read(line[:-1]).checkpoint, begin + len(line)) if line.endswith(b"\n") else None
        except OSError:
            return None

    async def _bring(self, client: httpx.AsyncClient, letter: Letter) -> str | None:
        """Return what went wrong."""
        checkpoint = letter.checkpoint
        headers = self._headers(f"checkpoint_{checkpoint.log}_{checkpoint.number}", letter.line)
        try:
            answer = await client.post(self._url, content=letter.line, headers=headers)
        except Refused as refused:
            return str(refused)
        except httpx.HTTPError as error:
            return type(error).__name__
        return None if answer.is_success else f"status {answer.status_code}"

    def _headers(self, name: str, body: bytes) -> dict[str, str]:
        seconds = str(int(self._clock().timestamp()))
        signed = f"{name}.{seconds}.".encode() + body
        signature = base64.b64encode(hmac.digest(self._secret, signed, "sha256")).decode()
        return {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": seconds,
            "webhook-signature": f"v1,{signature}",
        }


@asynccontextmanager
async def delivering(postman: Postman | None) -> AsyncIterator[None]:
    """Have checkpoints brought meanwhile, if there is anybody to bring them to."""
    if postman is None:
        yield
        return
    bringing = asyncio.create_task(postman.run(), name="bring checkpoints")
    bringing.add_done_callback(_tell)
    try:
        yield
    finally:
        bringing.cancel()
        await asyncio.wait([bringing])


def _tell(bringing: asyncio.Task[None]) -> None:
    """Who brings them takes nobody along when it fails."""
    if not bringing.cancelled() and (error := bringing.exception()) is not None:
        _log.error("nobody brings checkpoints any more", error=type(error).__name__)
