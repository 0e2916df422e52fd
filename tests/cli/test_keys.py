"""Master keys on the command line: without one nothing starts, with a wrong one neither, and they are replaced."""

import asyncio
import base64
from pathlib import Path
from uuid import uuid4

import pytest

from cli.environment import MASTER_KEY_FILE
from events.postgres import open_keys
from tests.cli.test_commands import daybook
from tests.support.keys import MASTER_KEY, settings_of

OTHER = base64.b64encode(bytes(32)).decode()


async def _make(url: str) -> None:
    async with open_keys(settings_of(url)) as keys:
        await keys.make([uuid4()])
        await keys.secret("fingerprints")


@pytest.mark.parametrize("role", ["serve", "api", "projector", "worker"])
def test_without_a_master_key_no_role_starts_on_a_database_of_ones_own(role: str, database_url: str) -> None:
    """One line says what is missing, and how it is made."""
    done = daybook(role, DATABASE_URL=database_url, REDIS_URL="redis://127.0.0.1:1")

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "DAYBOOK_MASTER_KEY is not set" in done.stderr


def test_with_a_wrong_master_key_no_role_starts(database_url: str) -> None:
    """One line says that it is not the one the keys are wrapped in, and shows no key."""
    asyncio.run(_make(database_url))

    done = daybook("worker", DATABASE_URL=database_url, DAYBOOK_MASTER_KEY=OTHER)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "does not fit" in done.stderr
    assert OTHER not in done.stderr


def test_a_master_key_is_replaced(database_url: str, tmp_path: Path) -> None:
    """After `keys rotate` the new one alone will do, and the old one alone will not; it may be done twice."""
    asyncio.run(_make(database_url))
    both = tmp_path / "keys"
    both.write_text(f"{OTHER}\n{MASTER_KEY}\n")

    first, second = (
        daybook("keys", "rotate", DATABASE_URL=database_url, DAYBOOK_MASTER_KEY_FILE=str(both)) for _ in range(2)
    )
    old = daybook("worker", DATABASE_URL=database_url, DAYBOOK_MASTER_KEY=MASTER_KEY)

    assert first.stdout.startswith("2 keys wrapped anew, in the master key ")
    assert second.stdout.startswith("0 keys wrapped anew")
    assert (old.returncode, "does not fit" in old.stderr) == (1, True)


def test_rotation_stops_at_a_key_that_it_cannot_unwrap(database_url: str) -> None:
    """A master key that is still in use is missing: nothing is lost, and it is said which one."""
    asyncio.run(_make(database_url))

    done = daybook("keys", "rotate", DATABASE_URL=database_url, DAYBOOK_MASTER_KEY=OTHER)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "not all keys were wrapped anew: the master key" in done.stderr


def test_an_embedded_server_comes_with_a_master_key_beside_it(tmp_path: Path) -> None:
    """It lies in the data folder, not in PostgreSQL's: whoever copies that one has no key to what is in it."""
    daybook("migrate", DAYBOOK_DATA_DIR=str(tmp_path))

    assert (tmp_path / MASTER_KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert not list((tmp_path / "postgres").rglob(MASTER_KEY_FILE))
