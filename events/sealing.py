"""One personal value, sealed under its person's key, and opened again.

AES-256-GCM. A value can be opened only where it was sealed: in the same field of the same kind of event of the same
command, about the same person. Where in the log the event stands does not matter, for that is not known yet.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.personal import SEALED

NONCE_BYTES: Final = 12
_FORM: Final = f"{SEALED}1:"
_encode = msgspec.json.Encoder().encode


class BrokenSeal(Exception):
    """What is to be opened was not sealed here, not under this key, or was altered."""


class Place(NamedTuple):
    """Where a value stands."""

    command_id: UUID
    type: str
    field: str
    person: UUID


def seal(value: str, key: AESGCM, place: Place, nonce: bytes) -> str:
    """Return `sealed:1:` and, in base64url without padding, nonce, ciphertext and tag. No nonce is used twice."""
    sealed = nonce + key.encrypt(nonce, value.encode(), _encode(place))
    return _FORM + base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def unseal(text: str, key: AESGCM, place: Place) -> str:
    """Return the value that was sealed; BrokenSeal if this is no such."""
    if not text.startswith(_FORM):
        raise BrokenSeal
    try:
        sealed = base64.urlsafe_b64decode(text[len(_FORM) :] + "==")
        return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _encode(place)).decode()
    except (InvalidTag, ValueError, binascii.Error):  # a nonce that is too short is a ValueError
        raise BrokenSeal from None
