"""Where an export goes: a file that is there whole or not at all, or standard output."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.environment import Failed


class Sink:
    """A writable file for whoever wants one; `Failed` if bytes cannot be written, which is no fault of the database."""

    closed = False

    def __init__(self, raw: io.RawIOBase) -> None:
        """`raw` is not buffered: what failed once is not tried again when it is closed."""
        self._raw = raw
        self._written = 0

    def write(self, data: bytes | memoryview) -> int:
        """Write all of it."""
        rest = memoryview(data).cast("B")
        size = len(rest)
        try:
            while rest:
                rest = rest[self._raw.write(rest) or 0 :]
        except OSError as error:
            raise Failed(f"cannot write: {error.strerror}") from error
        self._written += size
        return size

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._written

    def flush(self) -> None:
        """Nothing is held back."""


@contextmanager
def replacing(path: Path) -> Iterator[Sink]:
    """Write a file beside `path` that takes its place once it is whole and on the disk."""
    if path.exists() and not path.is_file():
        raise Failed(f"cannot write {path}: it is no file")
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        raw = beside.open("xb", buffering=0)
    except OSError as error:
        raise Failed(f"cannot write {path}: {error.strerror}") from error
    try:
        with raw:
            yield Sink(raw)
            os.fsync(raw.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def standard_output() -> Iterator[Sink]:
    """Write to standard output, which stays open."""
    with open(sys.stdout.fileno(), "wb", buffering=0, closefd=False) as raw:
        yield Sink(raw)
