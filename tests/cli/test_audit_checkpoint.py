"""`daybook audit checkpoint`: the newest one, and handing over to another key."""

import asyncio
import base64
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.audit import audit
from daybook.settings import Settings
from events.postgres import open_log
from events.proofs.checkpoint import Checkpoint, read
from events.proofs.keys import as_pem, public_name
from tests.events.attempts import fact, write
from tests.support.sealing import KEY, OTHER_KEY
from tests.workers.patrolling import forge, three_blocks
from tests.workers.sealing import at_work, checkpoints, kept, published, sealed_up_to
from workers.published import publishing
from workers.signing_key import signing_key


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A sealed log of five events, which the command finds in the environment, and a key in its data folder."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DAYBOOK_DATA_DIR", str(tmp_path / "data"))
    made = Settings(database_url=database_url, data_dir=tmp_path / "data")
    asyncio.run(_seal(made))
    return made


async def _seal(settings: Settings) -> None:
    url, key = str(settings.database_url), signing_key(settings)
    async with open_log(url) as log:
        await three_blocks(log)
        async with at_work(log, url, settings.data_dir / "checkpoints.jsonl", key=key):
            await sealed_up_to(url, 5)


def run(*options: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(audit, ["checkpoint", *options])


def handed_over(path: Path) -> Checkpoint:
    """Hand over to the key in a file."""
    result = run("--rotate-key", str(path))
    assert result.exit_code == 0, result.output
    return read(result.stdout.strip().encode()).checkpoint


@pytest.fixture(params=["pem", "seed"])
def new_key(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A key in a file, as PEM or base64."""
    path = tmp_path / "new-key"
    seed = base64.b64encode(OTHER_KEY.private_bytes_raw()).decode()
    path.write_text(as_pem(OTHER_KEY) if request.param == "pem" else f"{seed}\n")
    return path


def test_the_newest_is_printed(settings: Settings) -> None:
    """As it was published."""
    result = run()

    assert result.exit_code == 0
    assert result.stdout.encode().splitlines() == published(settings.data_dir / "checkpoints.jsonl")[-1:]


def test_before_the_first_there_is_none(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said who makes it."""
    monkeypatch.setenv("DATABASE_URL", database_url)

    result = run()

    assert result.exit_code == 1
    assert "there is no checkpoint yet: a worker makes them" in result.output


def test_a_key_of_the_data_folder_is_replaced(settings: Settings, new_key: Path) -> None:
    """It signs for the last time, and names the one that takes its place."""
    old = signing_key(settings)

    made = handed_over(new_key)

    assert (made.key, made.next) == (public_name(old), public_name(OTHER_KEY))
    assert public_name(signing_key(settings)) == public_name(OTHER_KEY)
    assert checkpoints(published(settings.data_dir / "checkpoints.jsonl"))[-1] == made
    assert checkpoints(asyncio.run(kept(str(settings.database_url))))[-1] == made


def test_a_key_of_the_settings_is_left_alone(
    settings: Settings, new_key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever set it sets the next one."""
    monkeypatch.setenv("DAYBOOK_SIGNING_KEY", as_pem(signing_key(settings)))
    before = (settings.data_dir / "signing-key.pem").read_text()

    made = handed_over(new_key)

    assert made.next == public_name(OTHER_KEY)
    assert (settings.data_dir / "signing-key.pem").read_text() == before


@pytest.mark.parametrize("content", [b"nonsense", b"\xff\xfe"])
def test_what_is_no_key_is_refused(settings: Settings, tmp_path: Path, content: bytes) -> None:
    """Nothing is signed."""
    (tmp_path / "none").write_bytes(content)

    result = run("--rotate-key", str(tmp_path / "none"))

    assert result.exit_code == 1
    assert len(published(settings.data_dir / "checkpoints.jsonl")) == 1


def test_a_key_that_nobody_handed_over_to_hands_over_to_nobody(
    settings: Settings, new_key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a worker would not sign is not signed here either."""
    monkeypatch.setenv("DAYBOOK_SIGNING_KEY", as_pem(KEY))

    result = run("--rotate-key", str(new_key))

    assert result.exit_code == 1
    assert "nothing is signed: position 6: after checkpoint 1 the key" in result.output
    assert len(published(settings.data_dir / "checkpoints.jsonl")) == 1


def test_a_log_that_was_tampered_with_is_not_signed(settings: Settings, new_key: Path) -> None:
    """Least of all by two."""
    asyncio.run(forge(str(settings.database_url), "delete from daybook.block where last_position = 5"))

    result = run("--rotate-key", str(new_key))

    assert result.exit_code == 1
    assert "nothing is signed: position 5: the log does not hold" in result.output


def test_while_a_worker_seals_nothing_is_handed_over(settings: Settings, new_key: Path) -> None:
    """It would go on with the old key."""
    result = asyncio.run(_run_meanwhile(settings, new_key))

    assert result.exit_code == 1
    assert "a worker seals the log: stop it" in result.output


async def _run_meanwhile(settings: Settings, new_key: Path) -> Result:
    url, path = str(settings.database_url), settings.data_dir / "checkpoints.jsonl"
    async with open_log(url) as log, at_work(log, url, path, key=signing_key(settings)):
        await write(log, fact("f"))
        await sealed_up_to(url, 6)  # by this one, which has its turn then
        return await asyncio.to_thread(run, "--rotate-key", str(new_key))


def test_a_file_in_use_or_in_no_place_is_said(
    settings: Settings, new_key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is signed that cannot be published."""
    with publishing(settings.data_dir / "checkpoints.jsonl"):
        in_use = run("--rotate-key", str(new_key))
    monkeypatch.setenv("DAYBOOK_CHECKPOINT_FILE", str(settings.data_dir))
    in_no_place = run("--rotate-key", str(new_key))

    assert "a worker seals the log: stop it" in in_use.output
    assert "checkpoints cannot be published: Is a directory" in in_no_place.output
