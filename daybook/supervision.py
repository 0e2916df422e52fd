"""Server programs as children of this process: one per folder, never run as root, never outliving us.

Three mechanisms of the Linux kernel do the work, so that no clean-up code has to run at the wrong moment:

- A *parent death signal* ends the server when we are killed. The kernel sends it when the parent **thread** ends,
  so the thread that starts a server stays with it and waits for it.
- A lock on the *server's* lock file is inherited by the server and by all its children. It is free only when the
  last of them is gone, whatever a file of process ids may say.
- A lock on the *owner's* lock file is ours alone. Together they tell a folder that is in use from one whose
  server is still going down after its owner was killed.
"""

import fcntl
import functools
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

_POLL_SECONDS = 0.01
_START_SECONDS = 300.0  # recovery after a crash replays up to max_wal_size
_STOP_SECONDS = 60.0  # a fast shutdown ends with a checkpoint
_PREDECESSOR_SECONDS = 15.0  # PostgreSQL kills stragglers 5 s after an immediate shutdown
_SHOWN_LOG_LINES = 3
_NOBODY = 65534

# The signal is armed only after the fork: if our parent died in between, nobody would ever send it.
_UNLESS_ORPHANED = '[ "$PPID" = "$0" ] && exec "$@"'


class EmbeddedError(Exception):
    """An embedded server cannot be had; the message is one line for the operator."""


class FolderInUse(EmbeddedError):
    """Another living process runs the server of this data folder."""


class Account(msgspec.Struct, frozen=True):
    """Who a server runs as.

    `prefix` is the command that becomes this account; folders the server writes to belong to `uid` and `gid`.
    """

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of server needs that another does not.

    `folder` holds the lock files and the log, named after `key`. `prepare` gets a function that runs a tool (command,
    standard input) under the same account and lock as the server; `is_ready` tells whether it answers.
    """

    name: str
    key: str
    url: str
    folder: Path
    account: Account
    command: tuple[str, ...]
    prepare: Callable[[Callable[[tuple[str, ...], str], None]], None]
    is_ready: Callable[[], bool]
    stop_signal: signal.Signals
    death_signal: signal.Signals


class Server:
    """One server program in one data folder: a context manager that may be started again after `stop` or `kill`.

    Not for use from several threads at once.
    """

    def __init__(self, program: Program) -> None:
        """Describe a server; nothing runs before `start`."""
        self.url = program.url
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._warden: threading.Thread | None = None

    @property
    def log(self) -> Path:
        """The file that holds what the server printed since its last start."""
        return self._program.folder / f"{self._program.key}.log"

    @property
    def alive(self) -> bool:
        """Whether the server's process exists."""
        return self._warden is not None and self._warden.is_alive()

    @property
    def pid(self) -> int:
        """The server's process id, of its last run if it is not alive.

        Raises EmbeddedError if it was never started.
        """
        if self._process is None:
            raise EmbeddedError(f"{self._program.name} was never started")
        return self._process.pid

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Start and wait until the server answers.

        Raises FolderInUse at once if a living process runs this server, EmbeddedError if it does not come up.
        """
        owner = self._claim_folder()
        try:
            with self._await_predecessor() as lock:
                self._program.prepare(functools.partial(self._run_tool, lock))
                self._spawn(owner, lock)
            self._await_ready()
        except BaseException:
            self.kill()
            owner.close()
            raise

    def stop(self) -> None:
        """Shut down cleanly and wait for the end; by force if that takes over a minute. Idle if nothing runs."""
        self._end(self._program.stop_signal, _STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """Kill with signal 9 and wait for the end. Idle if nothing runs."""
        self._end(signal.SIGKILL, None)

    def _end(self, how: signal.Signals, seconds: float | None) -> None:
        if self._process is not None and self._warden is not None:
            self._process.send_signal(how)
            self._warden.join(seconds)

    def _claim_folder(self) -> BinaryIO:
        path = self._program.folder / f"{self._program.key}.owner"
        owner = _take_lock(path)
        if owner is None:
            whom = path.read_text().strip()
            raise FolderInUse(f"{self._program.name} in {self._program.folder} is in use by process {whom}")
        owner.truncate()
        owner.write(f"{os.getpid()}\n".encode())
        owner.flush()
        return owner

    def _await_predecessor(self) -> BinaryIO:
        deadline = time.monotonic() + _PREDECESSOR_SECONDS
        while (lock := _take_lock(self._program.folder / f"{self._program.key}.lock")) is None:
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"an earlier {self._program.name} in {self._program.folder} has not ended yet: try again"
                )
            time.sleep(_POLL_SECONDS)
        return lock

    def _run_tool(self, lock: BinaryIO, command: tuple[str, ...], standard_input: str) -> None:
        done = subprocess.run(  # noqa: S603 (the command is our own)
            self._guarded(command, signal.SIGKILL),
            input=standard_input,
            check=False,
            pass_fds=(lock.fileno(),),
            env=_environment(),
            cwd="/",
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if done.returncode != 0:
            raise EmbeddedError(f"{Path(command[0]).name} failed: {_last_lines(done.stdout)}")

    def _spawn(self, owner: BinaryIO, lock: BinaryIO) -> None:
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        spawned: Future[subprocess.Popen[bytes]] = Future()
        with _open_private(self.log) as log:
            self._warden = threading.Thread(
                target=self._watch, args=(spawned, owner, lock, log), name=f"{self._program.key}-warden", daemon=True
            )
            self._warden.start()
            self._process = spawned.result()

    def _watch(self, spawned: Future[subprocess.Popen[bytes]], owner: BinaryIO, lock: BinaryIO, log: BinaryIO) -> None:
        """Start the server and stay until it ends: were this thread to end first, so would the server."""
        try:
            process = subprocess.Popen(  # noqa: S603 (the command is our own)
                self._guarded(self._program.command, self._program.death_signal),
                pass_fds=(lock.fileno(),),
                env=_environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal goes to its whole process group: the server must outlast our own draining.
                start_new_session=True,
            )
        except OSError as error:
            spawned.set_exception(EmbeddedError(f"{self._program.name} cannot be run: {error}"))
            return
        spawned.set_result(process)
        process.wait()
        owner.close()

    def _guarded(self, command: tuple[str, ...], death_signal: signal.Signals) -> list[str]:
        # A change of user clears the death signal, so it is set last.
        arm = ("setpriv", "--pdeathsig", death_signal.name.removeprefix("SIG"), "--")
        unless_orphaned = ("sh", "-c", _UNLESS_ORPHANED, str(os.getpid()))
        return [*self._program.account.prefix, *arm, *unless_orphaned, *command]

    def _await_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while self.alive and time.monotonic() < deadline:
            if self._program.is_ready():
                return
            time.sleep(_POLL_SECONDS)
        printed = _last_lines(self.log.read_text())
        raise EmbeddedError(f"{self._program.name} in {self._program.folder} did not come up: {printed}")


def unprivileged() -> Account:
    """The account for servers that refuse to be root.

    An ordinary user stays as it is. Root enters a user namespace where it has another number: its files stay its own
    and every folder stays reachable. Where namespaces are forbidden (many containers) it becomes `nobody`.

    Raises EmbeddedError where the tools of Linux to guard a process are missing.
    """
    if shutil.which("setpriv") is None:
        raise EmbeddedError("embedded servers need Linux and its program setpriv (package util-linux)")
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    namespace = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
    if shutil.which("unshare") and _succeeds(*namespace, "true"):
        return Account(0, 0, namespace)
    become_nobody = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--")
    return Account(_NOBODY, _NOBODY, become_nobody)


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603 (as above)


def private_folder(path: Path, account: Account) -> Path:
    """Make the folder with mode 0700 for the account; one that exists is left as it is.

    Raises EmbeddedError if it cannot be made.
    """
    try:
        if not path.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir(mode=0o700)
            os.chown(path, account.uid, account.gid)
    except OSError as error:
        raise EmbeddedError(f"the folder {path} cannot be made: {error.strerror}") from error
    return path


def _open_private(path: Path) -> BinaryIO:
    try:
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    except OSError as error:
        raise EmbeddedError(f"{path} cannot be written: {error.strerror}") from error


def _take_lock(path: Path) -> BinaryIO | None:
    file = _open_private(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _environment() -> dict[str, str]:
    """Nothing of ours leaks into a server: no secret, no PGPORT, no locale it may not know."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


def _last_lines(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-_SHOWN_LOG_LINES:]) or "it printed nothing"
