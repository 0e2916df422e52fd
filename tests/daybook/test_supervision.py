"""The servers as processes: who holds a folder, who they run as, and that none is left behind."""

import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from daybook import embedded, supervision
from tests.support.clusters import lay_cluster

_ROOT = Path(__file__).parents[2]
_END_SECONDS = 60
_BOTH_SERVERS = """
import sys
from pathlib import Path
from daybook import embedded
folder = Path(sys.argv[1])
with embedded.postgres(folder) as postgres, embedded.valkey(folder) as valkey:
    print(postgres.url, valkey.url, flush=True)
    sys.stdin.read()
"""
_AS_NOBODY = """
import os, sys
from pathlib import Path
from daybook import embedded
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
folder = Path(sys.argv[1])
with embedded.postgres(folder) as postgres, embedded.valkey(folder) as valkey:
    print(*{Path(f"/proc/{server.pid}").stat().st_uid for server in (postgres, valkey)})
"""


_NEEDS_REACHABLE_BINARIES = pytest.mark.skipif(
    not all(folder.stat().st_mode & 0o001 for folder in (embedded.postgres_binaries() / "postgres").parents),
    reason="others than root cannot reach the binaries here",
)


@pytest.fixture
def folder(folder: Path) -> Path:
    """A data folder with a cluster in it: to make one takes longer than all the rest."""
    lay_cluster(folder)
    return folder


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _fetch(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row and row[0]


def _processes_in(folder: Path) -> set[int]:
    """The processes that work in the folder or below, as every server process does."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            place = (process / "cwd").readlink()
        except OSError:
            continue
        if place.is_relative_to(folder):
            found.add(int(process.name))
    return found


def _wait_for_end(processes: set[int]) -> None:
    for process in processes:
        try:
            handle = os.pidfd_open(process)
        except ProcessLookupError:
            continue
        ended, _, _ = select.select([handle], [], [], _END_SECONDS)
        os.close(handle)
        assert ended, f"process {process} is still there"


def _parent_of_both(folder: Path) -> subprocess.Popen[str]:
    parent = subprocess.Popen(
        [sys.executable, "-c", _BOTH_SERVERS, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline()
    return parent


@pytest.mark.parametrize("how", [embedded.postgres, embedded.valkey])
def test_stopping_twice_is_harmless_and_leaves_no_process(folder: Path, how: Callable[[Path], embedded.Server]) -> None:
    """A stopped server is gone, all of it."""
    server = how(folder)
    server.start()
    running = _processes_in(folder)

    server.stop()
    server.stop()

    assert server.pid in running
    assert not server.alive
    assert not _processes_in(folder)


def test_nothing_outlives_a_killed_parent(folder: Path) -> None:
    """Signal 9 leaves the parent no time to clean up; all server processes end all the same."""
    parent = _parent_of_both(folder)
    running = _processes_in(folder)

    parent.kill()
    parent.communicate()
    _wait_for_end(running)

    assert len(running) > 2
    assert not _processes_in(folder)


def test_a_start_right_after_a_killed_parent_succeeds(folder: Path) -> None:
    """The new server waits for the old one to be gone, and finds its data."""
    parent = _parent_of_both(folder)
    url = embedded.postgres(folder).url
    _execute(url, "CREATE TABLE kept AS SELECT 42 AS answer")

    parent.kill()
    parent.communicate()
    with embedded.postgres(folder) as server, embedded.valkey(folder):
        answer = _fetch(server.url, "SELECT answer FROM kept")

    assert answer == 42


def test_a_server_outlives_the_thread_that_started_it(folder: Path) -> None:
    """The kernel's death signal follows a thread; here it follows one that stays."""
    server = embedded.postgres(folder)
    starter = threading.Thread(target=server.start)
    starter.start()
    starter.join()
    while Path(f"/proc/self/task/{starter.native_id}").exists():
        os.sched_yield()

    server.stop()

    assert "fast shutdown" in server.log.read_text()
    assert "immediate shutdown" not in server.log.read_text()


def test_a_stale_pid_file_does_not_hinder_a_start(folder: Path) -> None:
    """After a restart of the machine the id in it belongs to any process."""
    with embedded.postgres(folder) as server, subprocess.Popen(["cat"], stdin=subprocess.PIPE) as stranger:
        server.kill()
        pid_file = folder / "postgres" / "postmaster.pid"
        stale = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(stranger.pid), *stale[1:7], "ready   ", ""]))
        socket_lock = folder / "run" / ".s.PGSQL.5432.lock"
        socket_lock.write_text(f"{stranger.pid}\n")

        server.start()

        assert _fetch(server.url, "SELECT 42") == 42


@pytest.mark.parametrize(("how", "name"), [(embedded.postgres, "PostgreSQL"), (embedded.valkey, "Valkey")])
def test_a_second_start_in_the_same_folder_is_refused(
    folder: Path, how: Callable[[Path], embedded.Server], name: str
) -> None:
    """The refusal names the folder and who uses it; the first server goes on."""
    with how(folder) as first:
        with pytest.raises(embedded.FolderInUse) as refused:
            how(folder).start()

        assert first.alive

    assert str(refused.value) == f"{name} in {folder} is in use by process {os.getpid()}"


def test_a_folder_in_which_a_foreign_postgres_runs_is_refused(folder: Path) -> None:
    """A server started by hand holds no lock of ours; two in one folder would ruin it."""
    with embedded.postgres(folder) as server:
        for lock in folder.glob("postgres.*"):
            lock.unlink()

        with pytest.raises(embedded.FolderInUse, match="a server that Daybook did not start"):
            embedded.postgres(folder).start()

        assert _fetch(server.url, "SELECT 42") == 42


def test_two_daybooks_run_side_by_side(folder: Path) -> None:
    """Nothing is shared between two data folders."""
    with embedded.postgres(folder / "one") as one, embedded.postgres(folder / "two") as two:
        _execute(one.url, "CREATE TABLE only_here ()")

        found = [_fetch(server.url, "SELECT to_regclass('only_here')::text") for server in (one, two)]

    assert found == ["only_here", None]


def test_a_start_waits_for_what_a_killed_server_left_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two generations of processes on the same files would ruin them; one orphan is enough to hold the new one up."""
    monkeypatch.setattr(supervision, "_PREDECESSOR_SECONDS", 0.0)
    with embedded.postgres(folder) as server, psycopg.connect(server.url) as connection:
        orphan = connection.info.backend_pid
        running = _processes_in(folder)
        os.kill(orphan, signal.SIGSTOP)
        server.kill()

        with pytest.raises(embedded.EmbeddedError, match="has not ended yet"):
            server.start()
        os.kill(orphan, signal.SIGCONT)
        _wait_for_end(running)
        server.start()

        assert _fetch(server.url, "SELECT 42") == 42


def test_a_server_whose_parent_died_on_the_way_does_not_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parent is no longer the process that asked for it, so no death signal would ever reach it."""
    server = embedded.valkey(folder)
    monkeypatch.setattr(os, "getpid", lambda: 1)

    with pytest.raises(embedded.EmbeddedError, match="did not come up: it printed nothing"):
        server.start()

    assert not server.alive


@_NEEDS_REACHABLE_BINARIES
@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs all these tests as one")
def test_an_ordinary_user_needs_no_rights(folder: Path) -> None:
    """The servers run as the user itself."""
    folder.parent.chmod(0o777)
    own = folder.with_name("own")
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1"}

    done = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY, str(own)], env=environ, capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == ("65534\n", "")


@_NEEDS_REACHABLE_BINARIES
@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_becomes_nobody_where_namespaces_are_forbidden(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL refuses to be root; containers often forbid the namespace in which root is another."""
    folder.parent.chmod(0o755)
    own = folder.with_name("own")
    monkeypatch.setattr(supervision, "_succeeds", lambda *_command: False)

    with embedded.postgres(own) as postgres, embedded.valkey(own) as valkey:
        users = {Path(f"/proc/{server.pid}").stat().st_uid for server in (postgres, valkey)}
        answer = _fetch(postgres.url, "SELECT 42")

    assert users == {65534}
    assert answer == 42
    assert supervision.unprivileged().uid == 65534


def test_a_process_that_cannot_be_made_is_one_clear_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error crosses from the thread that starts the server to the one that asked for it."""
    server = embedded.valkey(folder)
    monkeypatch.setenv("PATH", str(folder))

    with pytest.raises(embedded.EmbeddedError, match=r"Valkey cannot be run: .* No such file"):
        server.start()

    assert not server.alive


def test_a_server_that_never_ran_has_no_process_id(folder: Path) -> None:
    """To ask for one is a mistake, and is told as such."""
    server = embedded.valkey(folder)

    with pytest.raises(embedded.EmbeddedError, match="Valkey was never started"):
        _ = server.pid

    assert not server.alive


def test_without_the_tools_of_linux_the_line_names_what_is_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that could outlive its parent is not started."""
    found = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "setpriv" else found(name))

    with pytest.raises(embedded.EmbeddedError, match="setpriv"):
        embedded.valkey(folder)
