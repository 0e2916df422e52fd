"""A log in PostgreSQL that was sealed while it grew, as a sealer seals it, and an auditor who has the checkpoints."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs

from cli import verify_daybook
from cli.exporting.sink import Sink
from cli.proving.bundle import export_bundle
from events.log import Attempt, Block, Fact, Log
from events.postgres import open_log
from events.proofs.checkpoint import Checkpoint, Sealed, read
from events.proofs.keys import public_name
from tests.cli.evidence import Told, Verifier, run
from tests.events.attempts import attempt
from tests.events.postgres.looking import owner
from tests.support.sealing import MONDAY
from workers import ledger
from workers.published import publishing
from workers.signing import Turn

KINDS: Final = ("SlotPublished", "SlotBooked", "BookingCancelled", "Bemerkt: «schön»")
WORDS: Final = ("", "yes", 'a "quoted" word', "Grüße", "\u2028", "😀", "\\", ',"data":', "J*")


class Shape(NamedTuple):
    """How a log grew: how many events, at most how many in an append, and how many appends between checkpoints."""

    events: int
    append: int
    appends: int
    keys: int = 3


class Scene(NamedTuple):
    """What is known of an honest log. `blocks` begin behind the beginning; `lines` are those of its checkpoints."""

    url: str
    log: UUID
    blocks: Sequence[Block]
    lines: Sequence[bytes]
    checkpoints: Sequence[Checkpoint]
    keys: Sequence[Ed25519PrivateKey]

    @property
    def head(self) -> int:
        """The last position."""
        return self.blocks[-1].last

    @property
    def sealed(self) -> int:
        """The last position that a checkpoint covers."""
        return self.checkpoints[-1].last

    def block_of(self, position: int) -> int:
        """Find the block that holds a position: its place among the blocks."""
        return bisect_left(self.blocks, position, key=lambda block: block.last)

    def covering(self, position: int) -> int:
        """Find the checkpoint that covers a position: its place among them. Those without events cover none."""
        return bisect_left(self.checkpoints, position, key=lambda each: each.last)


async def sealed_scene(url: str, folder: Path, shape: Shape, random: Random) -> Scene:
    """Let a log grow in an empty database, and seal it on the way; the key hands over again and again."""
    keys = [Ed25519PrivateKey.from_private_bytes(random.randbytes(32)) for _ in range(shape.keys)]
    path = folder / "published.jsonl"
    async with owner(url) as connection, open_log(url) as log:
        await _Growing(log, connection, path, shape, random, keys).grow()
        blocks = [block async for block in log.blocks(after=0)]
        name = await ledger.log_id(connection)
    assert name is not None
    lines = path.read_bytes().splitlines()
    return Scene(url, name, blocks, lines, [read(line).checkpoint for line in lines], keys)


class _Growing:
    """A log that grows, and its sealer."""

    def __init__(  # noqa: PLR0913, PLR0917  all that a sealed log is made with
        self,
        log: Log,
        connection: asyncpg.Connection,
        path: Path,
        shape: Shape,
        random: Random,
        keys: Sequence[Ed25519PrivateKey],
    ) -> None:
        self._log = log
        self._connection = connection
        self._path = path
        self._shape = shape
        self._random = random
        self._keys = list(keys)
        self._last: Sealed | None = None

    async def grow(self) -> None:
        """Some hand-overs come with news and some without; the last events stand behind the last checkpoint."""
        events, appends = self._shape.events, self._shape.appends
        head, number, size, spans = 0, 0, len(self._keys), events // len(self._keys)
        while head < events:
            head, number = head + await self._append(), number + 1
            if number % appends == 0:
                await self._seal()
            if len(self._keys) > 1 and head >= (size - len(self._keys) + 1) * spans:
                await self._seal(self._keys[1])
        await self._seal()
        for _ in range(3):
            await self._append()

    async def _append(self) -> int:
        """Append some commands at once; return how many events they wrote."""
        written = self._random.randint(1, self._shape.append)
        attempts: list[Attempt] = []
        for first in range(0, written, 3):
            facts = [self._fact() for _ in range(min(3, written - first))]
            made = attempt(*facts, group=len(attempts), reply=self._random.randbytes(20))
            attempts.append(structs.replace(made, **self._said()))
        await self._log.append(attempts, MONDAY + timedelta(microseconds=self._random.randrange(10**12)))
        return written

    def _said(self) -> dict[str, Any]:
        any_id = UUID(bytes=self._random.randbytes(16))
        return {
            "actor": self._random.choice(("admin:ann", "bot:1", "candidate:Zoë")),
            "correlation_id": any_id,
            "causation_id": self._random.choice((None, any_id)),
            "trace": self._random.choice((None, any_id.hex)),
        }

    def _fact(self) -> Fact:
        numbers = (self._random.randrange(50) for _ in range(self._random.randint(1, 4)))
        data = msgspec.json.encode({"n": self._random.getrandbits(40), "note": self._random.choice(WORDS)})
        tags = dict.fromkeys((*(f"tag:{number}" for number in numbers), f"said:{self._random.choice(WORDS)}"))
        return Fact(self._random.choice(KINDS), self._random.randint(1, 3), tuple(tags), data)

    async def _seal(self, successor: Ed25519PrivateKey | None = None) -> None:
        """Seal all there is, as a worker does; or hand over, as an administrator does."""
        with publishing(self._path) as published:
            turn = Turn(self._connection, published, self._log, self._keys[0], lambda: datetime.now(UTC))
            assert await turn.read_back() == self._last
            while (sealed := await turn.seal(self._last, successor)) is not None:
                self._last = sealed
                if successor is not None:
                    self._keys.pop(0)
                    break


class Part(NamedTuple):
    """What an auditor asks for, as `daybook audit export --from --to` has it; all of it where both are None."""

    first: int | None = None
    last: int | None = None

    @property
    def options(self) -> list[str]:
        """What the verifier is told about it."""
        return [] if self == WHOLE else ["--part"]


WHOLE: Final = Part()


class Auditor:
    """Exports through any connection, so that what is not committed is seen too, and verifies offline."""

    def __init__(self, scene: Scene, folder: Path, verifier: Verifier = verify_daybook.main) -> None:
        """The public key is the first one: the one that was noted down at the beginning."""
        self._key = public_name(scene.keys[0])
        self._folder = folder
        self._verifier = verifier

    async def export(self, connection: asyncpg.Connection, part: Part) -> Path:
        """Write what `daybook audit export` writes."""
        path = self._folder / "bundle.jsonl.gz"
        with _written(path) as sink:
            await export_bundle(connection, sink, part.first, part.last)
        return path

    def verify(self, bundle: Path, published: bytes | None, part: Part) -> Told:
        """Have a bundle verified, with a file of checkpoints that holds these bytes, or without any."""
        sealed: list[str] = []
        if published is not None:
            path = self._folder / "checkpoints.jsonl"
            path.write_bytes(published)
            sealed = ["--checkpoints", str(path), "--public-key", self._key]
        return run(self._verifier, [str(bundle), *sealed, *part.options])


@contextmanager
def _written(path: Path) -> Iterator[Sink]:
    """Write to a file that nobody misses if the machine dies."""
    with path.open("wb", buffering=0) as raw:
        yield Sink(raw)


def joined(lines: Sequence[bytes]) -> bytes:
    """Write lines as the bytes of a file."""
    return b"".join(line + b"\n" for line in lines)


def digest(bundle: Path) -> bytes:
    """Tell bundles apart."""
    return sha256(b"\n".join(verify_daybook.read_lines(bundle))).digest()
