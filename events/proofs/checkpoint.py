"""A checkpoint: one signed line of JSON that says what the log was, up to a position.

The line is canonical: members in the order of `Checkpoint`, no white space. `signature` covers all bytes before its own
member. A checkpoint that hands over to another key names it as `next`; `proof` is that key's signature over all bytes
before `proof`, which shows that whoever is named has it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events.proofs.keys import is_signed, public_name

FORMAT: Final = "daybook-checkpoint-1"
NOTHING_BEFORE: Final = "0" * 64

_PROOF: Final = b',"proof":"'
_SIGNATURE: Final = b',"signature":"'
_END: Final = b'"}'

_Hex32 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_Hex64 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{128}\Z")]


class NotACheckpoint(Exception):
    """A line is no checkpoint, or its signature does not hold."""


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is signed. Hashes, keys and signatures are in hex.

    `first` to `last` are the events since the checkpoint before; `last` is `first` - 1 where there is none, which is so
    when a key hands over.
    """

    format: Literal["daybook-checkpoint-1"]
    log: UUID
    number: int
    first: int
    last: int
    chain: _Hex32
    """The link hash of the block that ends at `last`."""
    root: _Hex32
    """The root of the tree of `first` to `last`."""
    previous: _Hex32
    """The hash of the checkpoint before, `NOTHING_BEFORE` for the first."""
    signed_at: datetime
    key: _Hex32
    next: _Hex32 | None = None
    proof: _Hex64 | None = None
    signature: _Hex64 | None = None

    @property
    def successor(self) -> str:
        """The key that signs the checkpoint after this one."""
        return self.next or self.key


class Sealed(msgspec.Struct, frozen=True):
    """A checkpoint as it stands on its line."""

    line: bytes
    checkpoint: Checkpoint

    @property
    def hash(self) -> str:
        """What the next one is linked by."""
        return hashlib.sha256(self.line).hexdigest()


def sign(unsigned: Checkpoint, key: Ed25519PrivateKey, successor: Ed25519PrivateKey | None = None) -> Sealed:
    """Sign a checkpoint, whose `key` must be that key's, and hand over to a successor if there is one."""
    body = msgspec.json.encode(unsigned).removesuffix(b"}")
    if successor is not None:
        body += b',"next":"%b"' % public_name(successor).encode()
        body += _PROOF + successor.sign(body).hex().encode() + b'"'
    return read(body + _SIGNATURE + key.sign(body).hex().encode() + _END)


def read(line: bytes) -> Sealed:
    """Read a line, without its line feed. NotACheckpoint unless it is canonical and its signatures hold."""
    try:
        checkpoint = msgspec.json.decode(line, type=Checkpoint)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotACheckpoint("it is not of the form of a checkpoint") from error
    if msgspec.json.encode(checkpoint) != line:
        raise NotACheckpoint("it is not written as a checkpoint is")
    if not is_signed(checkpoint.key, checkpoint.signature or "", line.rpartition(_SIGNATURE)[0]):
        raise NotACheckpoint("its signature does not hold")
    if (checkpoint.next is None) != (checkpoint.proof is None):
        raise NotACheckpoint("it names a next key without its proof, or the reverse")
    if checkpoint.next and not is_signed(checkpoint.next, checkpoint.proof or "", line.rpartition(_PROOF)[0]):
        raise NotACheckpoint("the next key did not sign it")
    return Sealed(line, checkpoint)
