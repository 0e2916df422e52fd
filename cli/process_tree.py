"""All roles in one process tree: each is a process of its own, started again when it dies, drained in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Final, Self

import msgspec
import structlog

from daybook.settings import Settings

ROLES: Final = ("api", "projector", "worker")
"""In the order in which they are drained: those first that others feed on."""

DRAIN_SECONDS: Final = 8.0

WATCH_SECONDS: Final = 0.1

log = structlog.get_logger()


class Role:
    """One `daybook <role>` process."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        """Start it. It ends with us, whatever ends us."""
        self.name = name
        self._environment = environment
        self._process = self._spawn()

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = ["setpriv", "--pdeathsig", "TERM", "--", sys.executable, "-m", "cli.main", self.name]
        return subprocess.Popen(  # noqa: S603  the command is our own
            command,
            env=self._environment,
            # Ctrl-C goes to a terminal's whole process group: the roles are told by us, in order.
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The process id of the present run."""
        return self._process.pid

    def revive(self) -> None:
        """Start it again if it has ended."""
        if self._process.poll() is not None:
            log.error("role ended, starting it again", role=self.name, exit_code=self._process.returncode)
            self._process = self._spawn()

    def drain(self) -> None:
        """Let it finish what it has begun; by force if that takes too long."""
        self._process.terminate()
        try:
            self._process.wait(DRAIN_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("role did not drain in time", role=self.name)
            self._process.kill()
            self._process.wait()


class ProcessTree:
    """The roles of one Daybook. Use as a context manager; `watch` stays until SIGTERM or SIGINT."""

    def __init__(self, settings: Settings, roles: Sequence[str]) -> None:
        """Nothing is started yet."""
        self._environments = {name: environment_of(settings_of(name, settings)) for name in roles}
        self._stop = threading.Event()
        self.roles: list[Role] = []

    def __enter__(self) -> Self:
        """Start the roles."""
        self.roles = [Role(name, environment) for name, environment in self._environments.items()]
        return self

    def __exit__(self, *_: object) -> None:
        """Drain the roles, those first that others feed on."""
        for role in self.roles:
            role.drain()

    def watch(self) -> None:
        """Keep the roles running until we are told to stop."""
        with _stopping(self._stop):
            while not self._stop.wait(WATCH_SECONDS):
                for role in self.roles:
                    role.revive()


def settings_of(role: str, settings: Settings) -> Settings:
    """Return what a role is told: a worker shows its metrics on the port after the projector's."""
    if role == "worker" and settings.metrics_port:
        return msgspec.structs.replace(settings, metrics_port=settings.metrics_port + 1)
    return settings


def environment_of(settings: Settings) -> dict[str, str]:
    """Return our environment with these settings in it, each as a variable and none as a file any more."""
    ours = settings.__struct_encode_fields__
    given = {
        name: value for name, value in os.environ.items() if name not in ours and name.removesuffix("_FILE") not in ours
    }
    for field, name in zip(settings.__struct_fields__, settings.__struct_encode_fields__, strict=True):
        value = getattr(settings, field)
        if value is not None:
            given[name] = str(value)
    return given


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    def tell(_: int, __: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, tell) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
