"""Master keys: every other key lies in the database wrapped in one of them, and they lie outside of it."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_BETWEEN: Final = re.compile(r"[\s,]+")


class CannotUnwrap(Exception):
    """What is to be unwrapped was wrapped in a master key that is not among ours, or is not what was wrapped."""


class Wrapped(NamedTuple):
    """A key as it lies in the database: which master key it is wrapped in, and nonce, ciphertext and tag."""

    master_id: str
    sealed: bytes


class MasterKeys:
    """The first one wraps, all of them unwrap: so an old one can be taken out of use step by step."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """At least one key, 32 bytes each."""
        self._ciphers = {_id(key): AESGCM(key) for key in keys}
        self.first = _id(keys[0])
        """The id of the one that wraps."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read keys in base64, one per line or separated by commas."""
        return cls([base64.b64decode(each, validate=True) for each in _BETWEEN.split(text.strip())])

    def wrap(self, key: bytes, owner: str) -> Wrapped:
        """Wrap a key so that it can be unwrapped as that of its owner only."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self.first].encrypt(nonce, key, _bound_to(owner, self.first))
        return Wrapped(self.first, nonce + sealed)

    def unwrap(self, wrapped: Wrapped, owner: str) -> bytes:
        """Return the key; CannotUnwrap if it is another owner's, was altered, or its master key is not among ours."""
        master_id, sealed = wrapped
        cipher = self._ciphers.get(master_id)
        if cipher is None:
            raise CannotUnwrap(f"the master key {master_id} is not among those given")
        try:
            return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound_to(owner, master_id))
        except InvalidTag:
            raise CannotUnwrap(f"the key of {owner} is not what was wrapped") from None


def master_key_file(path: Path) -> str:
    """Return what stands in a file; if there is none, make one with a new key, which only its owner can read."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # its owner's alone
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # unlike a renaming, it never takes the place of a key that another process made meanwhile
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()
    return path.read_text(encoding="ascii").strip()


def _id(key: bytes) -> str:
    return hashlib.sha256(b"daybook master key\n" + key).hexdigest()[:16]


def _bound_to(owner: str, master_id: str) -> bytes:
    return f"daybook key\n{owner}\n{master_id}".encode()
