"""The file that checkpoints are published in, one line each: outside of the database, and only ever added to."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

# No checkpoint is longer: its members have a fixed size, but for a few numbers.
LONGEST: Final = 4_096

_FILE_MODE: Final = 0o644
_FOLDER_MODE: Final = 0o700


class Taken(Exception):
    """Another process publishes here."""


class Unpublishable(Exception):
    """The file cannot be read or written; the message says why."""


class Published:
    """The file, open and ours. Every method raises Unpublishable."""

    def __init__(self, descriptor: int) -> None:
        """Made by `publishing`."""
        self._descriptor = descriptor

    def last(self) -> bytes | None:
        """Read the last line back, without its line feed; None where there is none.

        What stands behind the last line feed was never published: its writer died. It is cut off.
        """
        with _told():
            size = os.fstat(self._descriptor).st_size
            begin = max(0, size - 2 * LONGEST)
            tail = os.pread(self._descriptor, size - begin, begin)
            whole = tail.rfind(b"\n") + 1
            if begin and not whole:
                return tail  # no line of ours
            if whole < len(tail):
                os.ftruncate(self._descriptor, begin + whole)
            return tail[: whole - 1].rpartition(b"\n")[2] if whole else None

    def add(self, lines: Iterable[bytes]) -> None:
        """Add lines; they are on the disk when this returns."""
        with _told():
            whole = b"".join(line + b"\n" for line in lines)
            if os.write(self._descriptor, whole) != len(whole):
                raise OSError("the disk is full")
            os.fsync(self._descriptor)

    def lines(self) -> Iterator[bytes]:
        """Read all of it."""
        with _told(), os.fdopen(os.dup(self._descriptor), "rb") as file:
            file.seek(0)
            for line in file:
                yield line.removesuffix(b"\n")


@contextmanager
def publishing(path: Path) -> Iterator[Published]:
    """Open the file, made where there is none, for this process alone. Raises Taken, Unpublishable."""
    with _told():
        path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE)
    try:
        # A process that was stopped and lost its turn may wake again: two of them never write here.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield Published(descriptor)
    except BlockingIOError as error:
        raise Taken(str(path)) from error
    finally:
        os.close(descriptor)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unpublishable(error.strerror or str(error)) from error
