"""The embedded servers: what they are, where they keep what, and which line says that they cannot be had."""

import os
import shutil
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

import asyncpg
import psycopg
import pytest
import redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from daybook import embedded
from tests.support.clusters import lay_cluster


@pytest.fixture
def used(folder: Path) -> Path:
    """A data folder with a cluster in it."""
    lay_cluster(folder)
    return folder


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _fetch(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row and row[0]


async def test_a_first_start_makes_a_database_that_every_client_can_use(folder: Path) -> None:
    """One URL serves asyncpg, psycopg and SQLAlchemy."""
    with embedded.postgres(folder) as server:
        connection = await asyncpg.connect(server.url)
        asked = await connection.fetchval("SELECT current_database()")
        await connection.close()
        engine = create_async_engine(server.url.replace("postgresql:", "postgresql+asyncpg:"))
        async with engine.connect() as session:
            queried = await session.scalar(text("SELECT current_database()"))
        await engine.dispose()
        fetched = _fetch(server.url, "SELECT current_database()")

    assert {asked, queried, fetched} == {"daybook"}


def test_commits_are_durable_and_no_port_is_open(used: Path) -> None:
    """The settings that a promise rests on are what the server says they are."""
    with embedded.postgres(used, options={"max_connections": "20"}) as server:
        names = ["fsync", "full_page_writes", "synchronous_commit", "data_checksums", "listen_addresses"]
        said = [_fetch(server.url, f"SHOW {name}") for name in [*names, "max_connections"]]

    assert said == ["on", "on", "on", "on", "", "20"]


@pytest.mark.parametrize(("gigabytes", "buffers"), [(0.5, "128MB"), (4, "512MB"), (64, "1GB")])
def test_pages_have_an_eighth_of_the_memory(
    used: Path, monkeypatch: pytest.MonkeyPatch, gigabytes: float, buffers: str
) -> None:
    """Within bounds."""
    machine = {"SC_PHYS_PAGES": round(gigabytes * 2**18), "SC_PAGE_SIZE": 4096}
    real = os.sysconf
    monkeypatch.setattr(os, "sysconf", lambda name: machine.get(name) or real(name))

    with embedded.postgres(used) as server, closing(psycopg.connect(server.url)) as connection:
        assert connection.execute("show shared_buffers").fetchone() == (buffers,)


def test_only_the_owner_may_enter_the_folders(folder: Path) -> None:
    """Who can reach a socket is decided by the folder it stands in."""
    with embedded.postgres(folder), embedded.valkey(folder):
        modes = {place.stat().st_mode & 0o777 for place in [folder, *folder.iterdir()] if place.is_dir()}
        file_modes = {place.stat().st_mode & 0o077 for place in folder.iterdir() if place.is_file()}

    assert modes == {0o700}
    assert file_modes == {0}


def test_data_is_kept_across_a_restart(used: Path) -> None:
    """A clean stop and a new start, by another handle."""
    with embedded.postgres(used) as server:
        _execute(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")

    with embedded.postgres(used) as server:
        answer = _fetch(server.url, "SELECT answer FROM kept")

    assert answer == 42


def test_data_is_kept_across_a_kill(used: Path) -> None:
    """What was committed is there after signal 9, under the same URL, though a session was open."""
    with embedded.postgres(used) as server, closing(psycopg.connect(server.url)) as idle:
        idle.execute("SELECT 1")
        _execute(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")

        server.kill()
        alive_when_killed = server.alive
        server.start()
        answer = _fetch(server.url, "SELECT answer FROM kept")

    assert not alive_when_killed
    assert answer == 42


def test_a_valkey_answers_and_forgets(folder: Path) -> None:
    """A cache keeps nothing across a restart."""
    server = embedded.valkey(folder)

    with server, redis.Redis.from_url(server.url) as client:
        client.set("key", "value")
        before = client.get("key")
    with server, redis.Redis.from_url(server.url) as client:
        after = client.get("key")

    assert before == b"value"
    assert after is None


def test_a_long_path_has_its_sockets_elsewhere(folder: Path) -> None:
    """A socket's path has at most 107 bytes; the short folder is private and the same every time."""
    deep = folder / ("x" * 100)

    with embedded.postgres(deep) as postgres, embedded.valkey(deep) as valkey:
        answer = _fetch(postgres.url, "SELECT 42")
        with redis.Redis.from_url(valkey.url) as client:
            pong = client.ping()
    again = embedded.valkey(deep).url
    short = Path(again.removeprefix("unix://")).parent

    assert answer == 42
    assert pong
    assert again == valkey.url
    assert short.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(short)


def test_a_short_folder_that_others_may_enter_is_refused(folder: Path) -> None:
    """Somebody else could have put it there, with a socket of his own in it."""
    deep = folder / ("x" * 100)
    short = Path(embedded.valkey(deep).url.removeprefix("unix://")).parent
    short.chmod(0o777)

    with pytest.raises(embedded.EmbeddedError, match="is not ours alone"):
        embedded.valkey(deep)

    shutil.rmtree(short)


@pytest.mark.parametrize("name", ["a b\"c'd%41é", "a,b"])
def test_a_path_may_hold_any_character(folder: Path, name: str) -> None:
    """Quotes, commas, spaces, percent signs and letters beyond ASCII arrive unharmed."""
    odd = folder / name

    with embedded.postgres(odd) as postgres, embedded.valkey(odd) as valkey:
        answer = _fetch(postgres.url, "SELECT 42")
        with redis.Redis.from_url(valkey.url) as client:
            pong = client.ping()
        sockets = Path(unquote(valkey.url.removeprefix("unix://"))).parent

    assert answer == 42
    assert pong
    shutil.rmtree(sockets)


def test_a_missing_binary_is_one_clear_line(folder: Path) -> None:
    """The line names the variable that is wrong."""
    with pytest.raises(embedded.EmbeddedError) as no_postgres:
        embedded.postgres(folder, folder / "nowhere")
    with pytest.raises(embedded.EmbeddedError) as no_valkey:
        embedded.valkey(folder, folder / "nowhere")

    assert str(no_postgres.value) == f"DAYBOOK_PG_BIN={folder}/nowhere holds no postgres and initdb"
    assert str(no_valkey.value) == f"DAYBOOK_VALKEY_BIN={folder}/nowhere is no program"


def test_without_wheels_and_packages_the_line_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers of one's own, binaries of one's own, or the extra."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setattr("daybook.embedded._SYSTEM_BINARIES", folder)
    monkeypatch.setenv("PATH", str(folder))

    with pytest.raises(embedded.EmbeddedError, match="set DATABASE_URL or DAYBOOK_PG_BIN, or install"):
        embedded.postgres(folder)
    with pytest.raises(embedded.EmbeddedError, match="set REDIS_URL or DAYBOOK_VALKEY_BIN, or install"):
        embedded.valkey(folder)


def test_without_the_wheel_the_newest_installed_postgres_is_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version 18 is newer than 9.6, though it sorts before it as a word."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setattr("daybook.embedded._SYSTEM_BINARIES", folder)
    for version in ("18", "9.6"):
        (folder / version / "bin").mkdir(parents=True)
        for program in ("postgres", "initdb"):
            (folder / version / "bin" / program).symlink_to("/bin/true")

    found = embedded.postgres_binaries()

    assert found == folder / "18" / "bin"


def test_a_server_that_does_not_come_up_says_why(used: Path) -> None:
    """The last lines of its log are in the error, and nothing stays behind."""
    server = embedded.postgres(used, options={"max_connections": "many"})

    with pytest.raises(embedded.EmbeddedError) as failed:
        server.start()

    assert "did not come up" in str(failed.value)
    assert 'invalid value for parameter "max_connections": "many"' in str(failed.value)
    assert "\n" not in str(failed.value)
    assert not server.alive


def test_a_cluster_that_cannot_be_made_says_why(folder: Path, tmp_path: Path) -> None:
    """The tool's own words are in the line."""
    (tmp_path / "postgres").symlink_to("/bin/true")
    (tmp_path / "initdb").write_text("#!/bin/sh\necho no space left on device\nexit 1\n")
    (tmp_path / "initdb").chmod(0o755)

    with pytest.raises(embedded.EmbeddedError) as failed:
        embedded.postgres(folder, tmp_path).start()

    assert str(failed.value) == "initdb failed: no space left on device"


def test_a_server_that_takes_too_long_is_not_left_running(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed start the folder is free for the next one."""
    server = embedded.valkey(folder)
    with monkeypatch.context() as impatient:
        impatient.setattr("daybook.supervision._START_SECONDS", 0.0)
        with pytest.raises(embedded.EmbeddedError, match="did not come up"):
            server.start()

    alive_after_failure = server.alive
    with server:
        alive_when_started = server.alive

    assert not alive_after_failure
    assert alive_when_started


def test_a_failed_first_start_leaves_no_half_made_data(folder: Path) -> None:
    """The next start begins anew."""
    half_made = folder / "postgres.new" / "base"
    half_made.mkdir(parents=True)

    with embedded.postgres(folder) as server:
        answer = _fetch(server.url, "SELECT 42")

    assert answer == 42


def test_a_data_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    occupied = tmp_path / "file"
    occupied.touch()

    with pytest.raises(embedded.EmbeddedError, match="cannot be made: File exists"):
        embedded.valkey(occupied / "data")


def test_a_lock_that_cannot_be_written_is_one_clear_line(folder: Path) -> None:
    """A folder stands where the file should be."""
    server = embedded.valkey(folder)
    (folder / "valkey.owner").mkdir()

    with pytest.raises(embedded.EmbeddedError, match=r"valkey\.owner cannot be written: Is a directory"):
        server.start()
