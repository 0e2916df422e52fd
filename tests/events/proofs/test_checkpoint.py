"""A checkpoint: one canonical line, signed; nothing else passes for one."""

from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.verify_daybook import read_checkpoint
from events.proofs.checkpoint import FORMAT, NOTHING_BEFORE, Checkpoint, NotACheckpoint, read, sign
from events.proofs.keys import public_name
from tests.support.sealing import KEY, OTHER_KEY, SIGNED_AT

UNSIGNED = Checkpoint(
    format=FORMAT,
    log=UUID(int=7),
    number=1,
    first=1,
    last=3,
    chain="ab" * 32,
    root="cd" * 32,
    previous=NOTHING_BEFORE,
    signed_at=SIGNED_AT,
    key=public_name(KEY),
)
LINE = sign(UNSIGNED, KEY).line
SIGNATURE = read(LINE).checkpoint.signature or ""
HANDED_OVER = sign(UNSIGNED, KEY, OTHER_KEY).line


def with_members(line: bytes, **members: str | None) -> bytes:
    """Write a line with other members; None leaves one out."""
    plain = {**msgspec.json.decode(line), **members}
    return msgspec.json.encode({name: value for name, value in plain.items() if value is not None})


def test_what_is_signed_can_be_read() -> None:
    """The line says what was signed."""
    sealed = read(LINE)

    assert msgspec.structs.replace(sealed.checkpoint, signature=None) == UNSIGNED
    assert sealed.checkpoint.successor == public_name(KEY)


def test_a_key_hands_over_to_another() -> None:
    """Both sign, and the next checkpoint is the other's."""
    sealed = read(HANDED_OVER)

    assert sealed.checkpoint.successor == public_name(OTHER_KEY)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "not of the form"),
        (b"{}", "not of the form"),
        (b"\xff", "not of the form"),
        (LINE + b" ", "not written as"),
        (LINE.replace(b":", b": ", 1), "not written as"),
        (with_members(LINE, extra="1"), "not of the form"),
        (with_members(LINE, format="daybook-checkpoint-2"), "not of the form"),
        (with_members(LINE, signature=None), "its signature does not hold"),
        (with_members(LINE, signature="00" * 64), "its signature does not hold"),
        (with_members(LINE, signature="no hex"), "not of the form"),
        (with_members(LINE, signature=SIGNATURE.upper()), "not of the form"),
        (with_members(LINE, signature=SIGNATURE + "\n"), "not of the form"),
        (with_members(LINE, key=public_name(OTHER_KEY)), "its signature does not hold"),
        (with_members(LINE, key="00"), "not of the form"),
        (with_members(LINE, root="00" * 32), "its signature does not hold"),
        (with_members(HANDED_OVER, proof="00" * 64), "its signature does not hold"),
    ],
)
def test_nothing_else_passes_for_a_checkpoint(line: bytes, why: str) -> None:
    """A line is refused for what is wrong with it, by the service and by the auditor's program alike."""
    with pytest.raises(NotACheckpoint, match=why):
        read(line)

    assert read_checkpoint(line) is None


def test_the_next_key_must_have_signed() -> None:
    """Nobody hands over to a key that nobody has, nor to one without a proof."""
    stranger = public_name(OTHER_KEY).encode()
    body = LINE[: LINE.index(b',"signature"')]
    named = body + b',"next":"%b"' % stranger
    forged = named + b',"proof":"%b"' % (b"00" * 64)

    for unsigned, why in ((named, "without its proof"), (forged, "the next key did not sign")):
        line = unsigned + b',"signature":"%b"}' % KEY.sign(unsigned).hex().encode()

        with pytest.raises(NotACheckpoint, match=why):
            read(line)
        assert read_checkpoint(line) is None


@given(place=st.integers(0, len(HANDED_OVER) - 1), byte=st.integers(0, 255))
def test_any_other_byte_is_noticed(place: int, byte: int) -> None:
    """Wherever it stands in the line."""
    line = HANDED_OVER[:place] + bytes([byte]) + HANDED_OVER[place + 1 :]
    if line == HANDED_OVER:
        return

    with pytest.raises(NotACheckpoint):
        read(line)

    assert read_checkpoint(line) is None
