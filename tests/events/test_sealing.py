"""One sealed value: its form, byte for byte, and that it opens in its own place only."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.sealing import BrokenSeal, Place, seal, unseal
from tests.events.examples import CANDIDATE

VECTORS = json.loads((Path(__file__).parent / "golden" / "sealed.json").read_text(encoding="utf-8"))
KEY = AESGCM(bytes(32))
NONCE = bytes(12)
PLACE = Place(UUID(int=7), "ContactChanged", "phone", CANDIDATE)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["place"]["field"])
def test_a_value_is_sealed_as_ever(vector: dict[str, Any]) -> None:
    """With the same key, nonce and place the very text comes out that did once, and that is opened again."""
    where = vector["place"]
    place = Place(UUID(where["command_id"]), where["type"], where["field"], UUID(where["person"]))
    key = AESGCM(bytes.fromhex(vector["key"]))

    sealed = seal(vector["value"], key, place, bytes.fromhex(vector["nonce"]))

    assert sealed == vector["sealed"]
    assert unseal(sealed, key, place) == vector["value"]


@pytest.mark.parametrize(
    "elsewhere",
    [
        PLACE._replace(command_id=uuid4()),
        PLACE._replace(type="CandidateRegistered"),
        PLACE._replace(field="email"),
        PLACE._replace(person=uuid4()),
    ],
    ids=["command", "type", "field", "person"],
)
def test_a_value_opens_in_its_own_place_only(elsewhere: Place) -> None:
    """Moved to another command, kind of event, field or person it cannot be opened, though the key is right."""
    sealed = seal("+49 30 1234", KEY, PLACE, NONCE)

    with pytest.raises(BrokenSeal):
        unseal(sealed, KEY, elsewhere)


def test_a_value_opens_with_its_own_key_only() -> None:
    """Another key opens nothing."""
    sealed = seal("+49 30 1234", KEY, PLACE, NONCE)

    with pytest.raises(BrokenSeal):
        unseal(sealed, AESGCM(bytes(31) + b"1"), PLACE)


@pytest.mark.parametrize("place", range(9, 49))
def test_an_altered_value_does_not_open(place: int) -> None:
    """Whichever character is another one, it is noticed."""
    sealed = seal("+49 30 1234", KEY, PLACE, NONCE)
    altered = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]

    with pytest.raises(BrokenSeal):
        unseal(altered, KEY, PLACE)


@pytest.mark.parametrize(
    "text", ["sealed:1:", "sealed:1:AAAA", "sealed:1:A", "sealed:2:" + "A" * 60, "Kim", "sealed:1:ä"]
)
def test_what_is_no_sealed_value_does_not_open(text: str) -> None:
    """Too short, of another form, or never sealed: it is said in one way."""
    with pytest.raises(BrokenSeal):
        unseal(text, KEY, PLACE)
