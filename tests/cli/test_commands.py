"""The command line: tokens, migrations, the audit, and errors as one line."""

import os
import re
import subprocess
import sys

import msgspec
import pytest

from commands.handling import Writer
from daybook.settings import Settings
from events.postgres import open_log
from tests.support.writing import World


def daybook(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    settings = Settings.__struct_encode_fields__
    inherited = {name: value for name, value in os.environ.items() if name not in settings}
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**inherited, **environment},
    )


def test_a_token_is_printed_alone_and_once(database_url: str) -> None:
    """It can be listed and revoked by name, and never be read again."""
    created = daybook("token", "create", "--role", "bot", "--name", "telegram", DATABASE_URL=database_url)
    again = daybook("token", "create", "--role", "bot", "--name", "telegram", DATABASE_URL=database_url)
    revoked = daybook("token", "revoke", "telegram", DATABASE_URL=database_url)
    listed = daybook("token", "list", "--json", DATABASE_URL=database_url)

    assert re.fullmatch(r"dbk_[A-Za-z0-9_-]{43}\n", created.stdout)
    assert (again.returncode, again.stdout) == (1, "")
    assert "choose another" in again.stderr
    assert revoked.returncode == 0
    (token,) = msgspec.json.decode(listed.stdout)
    assert (token["name"], token["role"], token["revoked_at"] is None) == ("telegram", "bot", False)
    assert created.stdout.strip() not in listed.stdout
    assert daybook("token", "revoke", "telegram", DATABASE_URL=database_url).returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("token", "create", "--role", "king", "--name", "x"),
        ("token", "create", "--role", "recruiter", "--name", "x"),
        ("token", "create", "--role", "calendar", "--name", "x"),
        ("token", "create", "--role", "bot", "--name", "x", "--recruiter", "00000000-0000-4000-8000-000000000001"),
        ("token", "create"),
        ("token", "revoke"),
        ("serve", "--port", "0"),
        ("no-such-command",),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments: tuple[str, ...], database_url: str) -> None:
    """Whatever is wrong about it."""
    done = daybook(*arguments, DATABASE_URL=database_url)

    assert done.returncode == 2, done
    assert done.stderr.startswith("daybook: ")
    assert done.stderr.count("\n") == 1


def test_an_unknown_setting_stops_the_start_with_one_line() -> None:
    """It is named, and so is the nearest one there is."""
    done = daybook("token", "list", DAYBOOK_PROT="8001")

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "DAYBOOK_PROT" in done.stderr
    assert "DAYBOOK_PORT" in done.stderr


def test_a_database_that_is_away_is_one_line_and_exit_code_1() -> None:
    """No traceback."""
    done = daybook("token", "list", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nowhere")

    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert done.stderr.startswith("daybook: the database cannot be used")


@pytest.mark.parametrize("role", ["api", "projector", "worker"])
def test_a_single_role_needs_to_be_told_its_database(role: str) -> None:
    """Only `serve` brings one along."""
    done = daybook(role)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "DATABASE_URL" in done.stderr


def test_a_database_is_migrated_by_command(empty_database_url: str) -> None:
    """Before that, nothing in it can be used; twice is once."""
    before = daybook("token", "list", DATABASE_URL=empty_database_url)
    migrated = [daybook("migrate", DATABASE_URL=empty_database_url).returncode for _ in range(2)]
    after = daybook("token", "list", DATABASE_URL=empty_database_url)

    assert before.returncode == 1
    assert before.stderr.count("\n") == 1
    assert migrated == [0, 0]
    assert after.returncode == 0


async def test_the_history_is_decided_anew_by_command(database_url: str) -> None:
    """Exit code 0 says that it came out the same."""
    async with open_log(database_url) as log, Writer(log) as writer:
        world = await World.make(writer)
        await world.booking(await world.slot(), await world.candidate())

    told = daybook("audit", "redecide", DATABASE_URL=database_url)
    report = msgspec.json.decode(daybook("audit", "redecide", "--json", DATABASE_URL=database_url).stdout)

    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("6 commands decided again")
    assert report == {"same": 6, "conditional": 0, "foreign": 0, "differences": []}
