"""Who was erased, written down outside of the databases and their backups: a file with a line of JSON for each.

A database that is brought back from an older backup has forgotten them; the ledger has not. It holds ids, and nothing
that says whose they were.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import msgspec

_encode = msgspec.json.Encoder().encode


class Erased(msgspec.Struct, frozen=True):
    """One line: who, by which key, when it was decided, and at which position of the log."""

    candidate_id: UUID
    key_id: UUID
    erased_at: datetime
    position: int


class UnreadableLedger(Exception):
    """A line of the ledger cannot be read; the message says which one."""


_decode = msgspec.json.Decoder(Erased).decode


def append(path: Path, erased: Iterable[Erased]) -> None:
    """Add lines; they are on the disk when this returns. The same line twice does no harm. Raises OSError."""
    lines = b"".join(_encode(each) + b"\n" for each in erased)
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        _go_to_the_end(file)
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(path: Path) -> list[Erased]:
    """Return what the ledger says, each person once. A line that a crash broke off at the end is passed over.

    Raises UnreadableLedger, OSError.
    """
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    found: dict[UUID, Erased] = {}
    for number, line in enumerate(whole.split(b"\n") if whole else (), 1):
        try:
            erased = _decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise UnreadableLedger(f"line {number} of {path} cannot be read") from None
        found.setdefault(erased.candidate_id, erased)
    return list(found.values())


def _go_to_the_end(file: BinaryIO) -> None:
    """Behind the last whole line: what a crash broke off was not acknowledged, and is written again."""
    whole, _, _ = file.read().rpartition(b"\n")
    file.seek(len(whole) + 1 if whole else 0)
    file.truncate()
