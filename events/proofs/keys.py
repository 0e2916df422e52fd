"""Keys of checkpoints: Ed25519, as PEM or as the base64 of 32 bytes. A public key is named by its own 64 hex digits."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

_PEM: Final = "-----BEGIN"


class WrongKey(Exception):
    """What should be a signing key is none; the message is one line and tells nothing of it."""


def read_signing_key(text: str) -> Ed25519PrivateKey:
    """Read a private key: PEM without a password, or the base64 of its seed. Raises WrongKey."""
    try:
        if not text.startswith(_PEM):
            return Ed25519PrivateKey.from_private_bytes(base64.b64decode(text, validate=True))
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, binascii.Error, UnsupportedAlgorithm) as error:
        raise WrongKey("the signing key is neither PEM without a password nor the base64 of 32 bytes") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise WrongKey("the signing key is not of Ed25519")
    return key


def as_pem(key: Ed25519PrivateKey) -> str:
    """Write a private key as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_name(key: Ed25519PrivateKey) -> str:
    """Name the public half of a key."""
    return key.public_key().public_bytes_raw().hex()


def is_signed(name: str, signature: str, message: bytes) -> bool:
    """Tell whether a signature, in hex, was made over a message with the key of that name."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(name)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
