"""Daybook's own processes, started by its command line and ended by their process id."""

import asyncio
import os
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.support.keys import MASTER_KEY

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0

_LISTENING = "0A"
_ENDED = ("Z", "X")
_SHOWN_BYTES = 4_000


class Watched(ABC):
    """A process whose output is in a file. It does not outlive the run of the tests."""

    def __init__(self, output: Path) -> None:
        """It is about to start."""
        self._output = output

    @property
    @abstractmethod
    def pid(self) -> int:
        """Its process id."""

    @property
    @abstractmethod
    def exit_code(self) -> int | None:
        """What it ended with; None as long as it runs."""

    @abstractmethod
    def terminate(self) -> None:
        """Ask it to stop."""

    @abstractmethod
    def kill(self) -> None:
        """End it with signal 9, and wait until it is gone."""

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.exit_code is None

    @property
    def printed(self) -> str:
        """The end of what it printed."""
        return self._output.read_text(errors="replace")[-_SHOWN_BYTES:] if self._output.exists() else ""

    async def ended(self, seconds: float = PATIENCE) -> int:
        """Wait for its end; return its exit code."""
        await eventually(lambda: not self.is_running, f"the end of process {self.pid}", seconds)
        assert self.exit_code is not None
        return self.exit_code

    async def listening(self) -> int:
        """Wait until it listens on TCP; return the port. For programs told to take any port that is free."""
        port = 0

        def is_settled() -> bool:
            nonlocal port
            port = port_of(self.pid)
            return port != 0 or not self.is_running

        await eventually(is_settled, "a program that listens")
        assert port, f"ended with {self.exit_code}:\n{self.printed}"
        return port


class Program(Watched):
    """`daybook <arguments>` as a process."""

    def __init__(self, *arguments: str, environment: Mapping[str, str], output: Path) -> None:
        """Start it."""
        super().__init__(output)
        with output.open("ab") as sink:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-m", "cli.main", *arguments],
                cwd=ROOT,
                env={**_unsettled(), **environment},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """What it ended with; None as long as it runs."""
        return self._process.poll()

    def terminate(self) -> None:
        """Ask it to stop."""
        self._process.terminate()

    def kill(self) -> None:
        """End it with signal 9, and wait until it is gone."""
        self._process.kill()
        self._process.wait()


async def eventually(happened: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait for what happens in another process, looking again and again."""
    try:
        async with asyncio.timeout(seconds):
            while not happened():  # noqa: ASYNC110  another process tells nobody
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"waited {seconds:.0f} s in vain for {what}") from None


def port_of(pid: int) -> int:
    """The TCP port that a process listens on; 0 if there is none, or no such process."""
    try:
        files = {os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir()}  # noqa: PTH115  no path: socket:[1]
        sockets = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    except OSError:
        return 0
    for each in sockets:
        if each[3] == _LISTENING and f"socket:[{each[9]}]" in files:
            return int(each[1].rpartition(":")[2], base=16)
    return 0


def descendants(pid: int) -> dict[int, str]:
    """The processes below a process: their ids and command lines."""
    found = {}
    for child in _children(pid):
        found[child] = _command_line(child)
        found |= descendants(child)
    return found


async def gone(pids: set[int]) -> None:
    """Wait for the end of processes that are not our own children."""
    await eventually(lambda: not any(map(is_alive, pids)), f"the end of {pids}")


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and that nobody has asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in _ENDED
    except OSError:
        return False


def kill(pid: int) -> None:
    """End a process with signal 9."""
    os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return []


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def _unsettled() -> dict[str, str]:
    """Our environment without the settings of whoever runs the tests, but with a master key."""
    settings = ("DAYBOOK_", "DATABASE_URL", "REDIS_URL", "OTEL_")
    others = {name: value for name, value in os.environ.items() if not name.startswith(settings)}
    return {**others, "DAYBOOK_MASTER_KEY": MASTER_KEY}
