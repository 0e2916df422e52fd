"""Which key checkpoints are signed with, and where they are published, by the settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from daybook.settings import Settings
from events.proofs.keys import as_pem, read_signing_key

KEY_FILE: Final = "signing-key.pem"
CHECKPOINT_FILE: Final = "checkpoints.jsonl"

_ONLY_OURS: Final = 0o600


def checkpoint_file(settings: Settings) -> Path:
    """Say where checkpoints are published."""
    return settings.checkpoint_file or settings.data_dir / CHECKPOINT_FILE


def signing_key(settings: Settings) -> Ed25519PrivateKey:
    """Return the key of the settings, or that of the data folder, made if there is none. Raises WrongKey, OSError."""
    if settings.signing_key is not None:
        return read_signing_key(settings.signing_key)
    path = settings.data_dir / KEY_FILE
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Of several processes that start at once, the first one makes the key of all.
        with _written(path, Ed25519PrivateKey.generate()) as beside, suppress(FileExistsError):
            path.hardlink_to(beside)
    return read_signing_key(path.read_text(encoding="ascii"))


def replace_key(path: Path, key: Ed25519PrivateKey) -> None:
    """Put a key in the place of the one that is there."""
    with _written(path, key) as beside:
        beside.replace(path)


@contextmanager
def _written(path: Path, key: Ed25519PrivateKey) -> Iterator[Path]:
    """Write a key to a file beside `path`, which nobody else may read, and which goes again."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _ONLY_OURS)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(as_pem(key))
            file.flush()
            os.fsync(descriptor)
        yield beside
    finally:
        beside.unlink(missing_ok=True)
