"""Signing keys: PEM or base64, and one line for what is neither."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from events.proofs.keys import WrongKey, as_pem, public_name, read_signing_key
from tests.support.sealing import KEY

OTHER_KIND = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
LOCKED = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")).decode()


@pytest.mark.parametrize("text", [as_pem(KEY), base64.b64encode(KEY.private_bytes_raw()).decode()])
def test_a_key_is_read(text: str) -> None:
    """As OpenSSL writes it, or as its seed."""
    key = read_signing_key(text)

    assert public_name(key) == public_name(KEY)


@pytest.mark.parametrize("text", ["", "?", "AAAA", as_pem(KEY)[:60], OTHER_KIND, LOCKED])
def test_anything_else_is_refused(text: str) -> None:
    """In one line that does not repeat it."""
    with pytest.raises(WrongKey) as refused:
        read_signing_key(text)

    assert str(refused.value).startswith("the signing key is ")
    assert text not in str(refused.value) or len(text) < 5
