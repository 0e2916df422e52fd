"""Checkpoints are brought to a webhook in order, each until it is taken, and it can tell from whom they come."""

import asyncio
import base64
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from daybook.networks import Networks
from events.postgres import PostgresLog
from events.proofs.checkpoint import Sealed
from tests.events.postgres.looking import owner, until
from tests.support.sealing import SIGNED_AT, log_id, publish, sealed
from tests.workers.patrolling import three_blocks
from tests.workers.sealing import at_work, published, sealed_up_to
from tests.workers.webhooks import webhook
from workers import postman as postman_module
from workers import sealer
from workers.postman import Postman, delivering

SECRET_BYTES = b"24 bytes or more of them"
LOOPBACK = Networks("127.0.0.1")
SECRET = "whsec_" + base64.b64encode(SECRET_BYTES).decode()


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is in need of a rest."""
    monkeypatch.setattr(postman_module, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(postman_module, "FIRST_PAUSE_SECONDS", 0.001)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where checkpoints are published."""
    return tmp_path / "checkpoints"


@pytest.fixture
async def made(log: PostgresLog, database_url: str) -> list[Sealed]:
    """Three checkpoints."""
    await three_blocks(log)
    return await sealed(log, await log_id(database_url), 1, 3, 5)


def write(path: Path, content: bytes) -> None:
    """Put something else into the file."""
    path.write_bytes(content)


def postman(path: Path, url: str, networks: Networks = LOOPBACK) -> Postman:
    """Make one whose clock stands still."""
    return Postman(path, url, SECRET, lambda: SIGNED_AT, networks)


@asynccontextmanager
async def bringing(carrier: Postman) -> AsyncIterator[None]:
    """Bring meanwhile."""
    task = asyncio.create_task(carrier.run())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def brought(carrier: Postman, number: int) -> None:
    """Wait until it was taken."""

    async def is_taken() -> bool:
        return carrier.delivered == number

    await until(is_taken)


async def test_each_is_brought_as_it_was_published(made: list[Sealed], path: Path) -> None:
    """In order, and the receiver can tell that it comes from us, and which one it is."""
    publish(path, made)
    with webhook() as hook:
        carrier = postman(path, hook.url)
        async with bringing(carrier):
            await brought(carrier, 3)

    assert hook.taken == [each.line for each in made]
    for request, each in zip(hook.requests, made, strict=True):
        name, seconds = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        assert name == f"checkpoint_{each.checkpoint.log}_{each.checkpoint.number}"
        assert seconds == str(int(SIGNED_AT.timestamp()))
        signature = hmac.digest(SECRET_BYTES, f"{name}.{seconds}.".encode() + request.body, "sha256")
        assert request.headers["webhook-signature"] == "v1," + base64.b64encode(signature).decode()


@pytest.mark.parametrize("status", [500, 404, 429, 301, 307])
async def test_what_was_not_taken_is_brought_again(made: list[Sealed], path: Path, status: int) -> None:
    """Until it is, and before the next one; nobody is followed to another place."""
    publish(path, made)
    with webhook(status, status) as hook:
        carrier = postman(path, hook.url)
        async with bringing(carrier):
            await brought(carrier, 3)

    assert hook.taken == [each.line for each in made]
    assert [each.body for each in hook.requests[:2]] == [made[0].line] * 2


async def test_nobody_there_is_waited_for(made: list[Sealed], path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With longer and longer pauses, up to a longest one."""
    monkeypatch.setattr(postman_module, "LONGEST_PAUSE_SECONDS", 0.002)
    publish(path, made)
    with webhook() as hook:
        gone = hook.url
    carrier = postman(path, gone)
    waited: list[float] = []
    sleeping = asyncio.sleep

    async def overheard(seconds: float) -> None:
        waited.append(seconds)
        await sleeping(0)

    monkeypatch.setattr(asyncio, "sleep", overheard)
    async with bringing(carrier):
        while len(waited) < 4:
            await sleeping(0.001)

    assert waited[:4] == [0.001, 0.002, 0.002, 0.002]


async def test_what_was_taken_is_not_brought_again(made: list[Sealed], path: Path) -> None:
    """A postman that is started again goes on where the last one was."""
    with webhook() as hook:
        publish(path, made[:2])
        first = postman(path, hook.url)
        async with bringing(first):
            await brought(first, 2)
        publish(path, made)

        second = postman(path, hook.url)
        async with bringing(second):
            await brought(second, 3)

    assert hook.taken == [each.line for each in made]


@pytest.mark.parametrize("noted", ["", "nonsense", "2", "3 99999", "1 2 3"])
async def test_what_is_not_known_to_be_taken_is_brought(made: list[Sealed], path: Path, noted: str) -> None:
    """From the first one on: its id tells the receiver what it has already."""
    publish(path, made)
    path.with_name("checkpoints.delivered").write_text(noted)
    with webhook() as hook:
        carrier = postman(path, hook.url)
        async with bringing(carrier):
            await brought(carrier, 3)

    assert hook.taken == [each.line for each in made]


async def test_a_line_in_the_making_is_waited_for(made: list[Sealed], path: Path) -> None:
    """It is a checkpoint when its line feed is there."""
    whole = b"".join(each.line + b"\n" for each in made)
    write(path, whole[:-1])
    with webhook() as hook:
        carrier = postman(path, hook.url)
        async with bringing(carrier):
            await brought(carrier, 2)
            write(path, whole)
            await brought(carrier, 3)

    assert hook.taken == [each.line for each in made]


async def test_what_is_no_checkpoint_ends_the_bringing_alone(
    made: list[Sealed], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody else is taken along."""
    write(path, made[0].line + b"\nnonsense\n")
    with webhook() as hook:
        async with delivering(postman(path, hook.url)):

            async def is_told() -> bool:
                return "nobody brings checkpoints any more" in capsys.readouterr().out

            await until(is_told)

    assert hook.taken == [made[0].line]


async def test_sealing_does_not_wait_for_it(
    log: PostgresLog, database_url: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A webhook that takes nothing keeps no checkpoint back; how far it is behind shows in the database."""
    monkeypatch.setattr(sealer, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(sealer, "POLL_SECONDS", 0.0)
    with webhook(*[500] * 3) as hook:
        carrier = postman(path, hook.url)
        async with at_work(log, database_url, path, postman=carrier):
            await three_blocks(log)
            await sealed_up_to(database_url, 5)
            await brought(carrier, len(published(path)))
            async with owner(database_url) as connection:
                await until(lambda: connection.fetchval("select delivered = number from audit.sealer"))

    assert hook.taken == published(path)


async def test_nobody_is_called_in_a_network_that_was_not_named(
    log: PostgresLog, database_url: str, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told as any failure is, and sealing goes on; with the network named it is brought."""
    monkeypatch.setattr(sealer, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(sealer, "POLL_SECONDS", 0.0)
    with webhook() as hook:
        carrier = postman(path, hook.url, Networks("10.0.0.0/8"))
        async with at_work(log, database_url, path, postman=carrier):
            await three_blocks(log)
            await sealed_up_to(database_url, 5)

            async def is_told() -> bool:
                return "127.0.0.1 is neither public nor in a network that is allowed" in capsys.readouterr().out

            await until(is_told)

        assert published(path)
        assert not hook.requests
        carrier = postman(path, hook.url, Networks("127.0.0.0/8"))
        async with bringing(carrier):
            await brought(carrier, len(published(path)))


async def test_without_a_webhook_nothing_is_brought() -> None:
    """There is nothing to do."""
    async with delivering(None):
        pass
